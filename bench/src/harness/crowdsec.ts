import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { freePort } from '@vigil/dev-services/free-port';
import { parseAllDocuments } from 'yaml';

/** Where Debian's package keeps the hub and the hub's data. */
const HUB = '/usr/share/crowdsec/hub';
const HUB_DATA = '/usr/share/crowdsec/data';
const PATTERNS = '/etc/crowdsec/patterns';

const PARSERS = {
  's00-raw': ['crowdsecurity/syslog-logs'],
  's01-parse': ['crowdsecurity/nginx-logs'],
  's02-enrich': ['crowdsecurity/dateparse-enrich', 'crowdsecurity/http-logs'],
};
const COLLECTIONS = ['crowdsecurity/nginx', 'crowdsecurity/base-http-scenarios'];

/**
 * Lays out a configuration of its own: Debian's nginx parser, the http scenarios of its two collections, alerts kept by its own local
 * API in SQLite, no central API. Returns the arguments that replay a file.
 * @throws Error where the package's files are not there
 */
export async function prepareCrowdsec(folder: string): Promise<(path: string) => string[]> {
  const home = join(folder, 'crowdsec');
  const data = join(home, 'data');
  mkdirSync(data, { recursive: true });
  cpSync(PATTERNS, join(home, 'patterns'), { recursive: true });
  for (const [stage, names] of Object.entries(PARSERS)) {
    mkdirSync(join(home, 'parsers', stage), { recursive: true });
    for (const name of names) link(`parsers/${stage}`, name, home);
  }
  mkdirSync(join(home, 'scenarios'));
  for (const name of COLLECTIONS.flatMap(scenariosOf)) link('scenarios', name, home, data);
  const apiPort = await freePort();
  const credentials = join(home, 'credentials.yaml');
  const settings = {
    common: { daemonize: false, log_media: 'stdout', log_level: 'error', working_dir: home },
    config_paths: {
      config_dir: home,
      data_dir: data,
      simulation_path: join(home, 'simulation.yaml'),
      hub_dir: HUB,
      index_path: join(HUB, '.index.json'),
    },
    crowdsec_service: { acquisition_path: join(home, 'acquis.yaml') },
    db_config: { type: 'sqlite', db_path: join(data, 'crowdsec.db'), use_wal: true },
    api: {
      client: { credentials_path: credentials },
      server: { listen_uri: `127.0.0.1:${apiPort}`, profiles_path: '/etc/crowdsec/profiles.yaml' },
    },
    prometheus: { enabled: false },
  };
  const config = join(home, 'config.yaml');
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(settings));
  writeFileSync(join(home, 'simulation.yaml'), 'simulation: false\n');
  writeFileSync(join(home, 'acquis.yaml'), '---\n');
  writeFileSync(credentials, '{}');
  execFileSync('cscli', ['-c', config, 'machines', 'add', 'bench', '--auto', '-f', credentials], { stdio: 'pipe' });
  return (path) => ['-c', config, '-dsn', `file://${path}`, '-type', 'nginx'];
}

/** Scenarios of a collection that the package carries. */
function scenariosOf(collection: string): string[] {
  const files = readHub(join(HUB, 'collections', `${collection}.yaml`));
  return files
    .flatMap(({ scenarios = [] }) => scenarios)
    .filter((name) => existsSync(join(HUB, 'scenarios', `${name}.yaml`)));
}

function link(kind: string, name: string, home: string, data?: string): void {
  const file = join(HUB, kind, `${name}.yaml`);
  symlinkSync(file, join(home, kind, `${basename(name)}.yaml`));
  if (data === undefined) return;
  const carried = new Set(readdirSync(HUB_DATA));
  for (const { source_url: url, dest_file: wanted } of readHub(file).flatMap(({ data: lists = [] }) => lists)) {
    const list = [wanted, basename(url)].find((candidate) => carried.has(candidate));
    if (list === undefined) throw new Error(`the package does not carry ${wanted}, which ${name} needs`);
    copyFileSync(join(HUB_DATA, list), join(data, wanted));
  }
}

/** What is read of the hub's files. */
interface HubFile {
  scenarios?: string[];
  data?: { source_url: string; dest_file: string }[];
}

/** A file may hold several documents: variants of a scenario. */
function readHub(path: string): HubFile[] {
  return [...parseAllDocuments(readFileSync(path, 'utf8'))].map((document) => document.toJS() as HubFile);
}
