import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { isRunning } from './process-identity.ts';
import { programFromPackage } from './package-cache.ts';
import { hold } from './testing/hold.ts';
import { waitUntil } from './wait-until.ts';

// Real servers, perhaps on a machine that is busy already.
vi.setConfig({ testTimeout: 120_000 });

const temporary = mkdtempSync(join(tmpdir(), 'vigil-cleanup-test-'));
// Temporary folders of the servers land where this test can count them.
const env = { ...process.env, TMPDIR: temporary, VIGIL_DEV_SERVICES_ORIGINS: 'path,package-cache,embedded' };

beforeAll(async () => {
  // So that no case below spends its time on a download.
  await Promise.allSettled([programFromPackage('redis'), programFromPackage('nats')]);
});

afterAll(() => {
  rmSync(temporary, { recursive: true, force: true });
});

/** What still runs or lies about once everything had its time to go. */
async function leftovers(pids: number[]): Promise<{ pids: number[]; folders: string[] }> {
  const left = () => ({ pids: pids.filter((pid) => isRunning(pid)), folders: readdirSync(temporary) });
  const clean = () => left().pids.length === 0 && left().folders.length === 0;
  await waitUntil(clean, { timeoutMs: 20_000, what: 'end of servers and folders' }).catch(() => undefined);
  return left();
}

const nothing = { pids: [], folders: [] };

test.each([
  ['SIGKILL', ['redis', 'nats', 'postgres']],
  ['SIGINT', ['redis', 'nats', 'postgres']],
  ['SIGTERM', ['redis', 'nats']],
  ['SIGHUP', ['redis', 'nats']],
] as const)('no server and no folder outlives a parent that %s ends', async (signal, names) => {
  const { parent, servers } = await hold('wait', names, env);
  const pids = servers.map(({ pid }) => pid);
  expect(pids.every((pid) => isRunning(pid))).toBe(true);
  expect(readdirSync(temporary)).toHaveLength(names.length);
  parent.kill(signal);
  expect(await leftovers(pids)).toEqual(nothing);
});

test('a paused server does not outlive a killed parent either', async () => {
  const { parent, servers } = await hold('wait', ['redis', 'postgres'], env);
  const pids = servers.map(({ pid }) => pid);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  parent.kill('SIGKILL');
  expect(await leftovers(pids)).toEqual(nothing);
});

test('a kill of the whole process group, as by a terminal or a job runner, leaves nothing', async () => {
  const { parent, servers } = await hold('wait', ['redis', 'nats'], env);
  process.kill(-(parent.pid ?? 0), 'SIGKILL');
  expect(await leftovers(servers.map(({ pid }) => pid))).toEqual(nothing);
});

test.each(['throw', 'exit'] as const)(
  'a parent that leaves by "%s" without stopping them leaves nothing',
  async (then) => {
    const { parent, servers } = await hold(then, ['redis', 'nats'], env);
    if (parent.exitCode === null) await once(parent, 'exit');
    expect(parent.exitCode).not.toBe(0);
    expect(await leftovers(servers.map(({ pid }) => pid))).toEqual(nothing);
  },
);

test.each(['SIGKILL', 'SIGTERM'] as const)('no folder of a test outlives a test run that %s ends', async (signal) => {
  const run = spawn(process.execPath, [join(import.meta.dirname, 'testing/hold-test-run.ts')], { env });
  const [folder] = (await once(createInterface({ input: run.stdout }), 'line')) as [string];
  expect(existsSync(folder)).toBe(true);
  run.kill(signal);
  await once(run, 'exit');
  expect(await leftovers([])).toEqual(nothing);
});
