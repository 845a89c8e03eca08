import { createEngine, parseRulePack } from '@vigil/detection';
import { readConfig as readDispatcherConfig } from '@vigil/dispatcher/config';
import { readConfig as readGatewayConfig } from '@vigil/gateway/config';
import { readConfig as readIngestorConfig } from '@vigil/ingestor/config';
import { readConfig as readScorerConfig } from '@vigil/scorer/config';
import { ConfigError } from '@vigil/shared/config/load-config';
import { must, type Boundary } from '../boundary.ts';
import { mutate } from '../mutate.ts';

const SECRET = 'a-secret-that-nobody-may-see';
const ENVIRONMENT: Record<string, string> = {
  REDIS_URL: `redis://:${SECRET}@localhost:6379`,
  DATABASE_URL: `postgres://vigil:${SECRET}@localhost/vigil?sslmode=require`,
  NATS_URL: 'tls://localhost:4222',
  VIGIL_API_KEYS: `ops:admin:${SECRET},viewer:read+stream:sha256=${'0'.repeat(64)}`,
  JWT_SECRET: SECRET.repeat(2),
  LOG_LEVEL: 'info',
  PORT: '8080',
  BATCH_LINES_MAX: '1000',
  INGEST_PATHS: '/var/log/*.log,-',
  TRUSTED_PROXIES: '10.0.0.0/8',
  WS_ORIGINS: 'https://console.example.org',
  RETENTION_DAYS: '90',
  RETENTION_GB_MAX: '0.5',
};
const READERS: readonly ((env: NodeJS.ProcessEnv) => unknown)[] = [
  readDispatcherConfig,
  readGatewayConfig,
  readIngestorConfig,
  readScorerConfig,
];

/** Environments of the services; no message may hold a secret of theirs. */
export function config(): Boundary {
  return {
    name: 'configuration of the services',
    share: 0.04,
    tryOne: (random) => {
      const env = { ...ENVIRONMENT };
      for (const name of Object.keys(env)) {
        if (random.chance(0.1)) delete env[name];
        else if (random.chance(0.2)) env[name] = mutate(random, [env[name]!]);
      }
      try {
        random.pick(READERS)(env);
        return 'accepted';
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        must(!error.message.includes(SECRET), `a secret in a message: ${error.message}`);
        return 'named what is wrong';
      }
    },
  };
}

const PACK = `
pack: fuzz
version: 1.0.0
description: 'For fuzzing.'
rules:
  - id: fuzz-one
    title: 'One'
    class: XSS
    score: 0.8
    fields: [query, path]
    regex: '<script[^>]{0,100}>'
    gate: ['<script']
    cwe: 79
    capec: 63
    attack: T1059.007
    examples:
      positive: ['/?q=<script>']
      negative: ['/?q=script']
  - id: fuzz-two
    title: 'Two'
    class: SQL_INJECTION
    score: 0.4
    fields: [param_value]
    regex: 'union[ /*]{1,20}select'
    gate: [union]
    cwe: 89
    capec: 66
    attack: T1190
    examples:
      positive: ['/?q=union select']
      negative: ['/?q=union']
`;

/** YAML files of rules. */
export function rulePacks(): Boundary {
  return {
    name: 'rule packs',
    share: 0.01,
    tryOne: (random) => {
      const parsed = parseRulePack(mutate(random, [PACK]), 'fuzz.yaml');
      if (parsed.ok) {
        const engine = createEngine({ packs: [parsed.pack] });
        must(engine.version.length > 0, 'an engine without a version');
        return 'accepted';
      }
      must(parsed.problems.length > 0, 'refused without a reason');
      return 'named what is wrong';
    },
  };
}
