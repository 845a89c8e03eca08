import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isRunning } from './process-identity.ts';
import { startStack } from './stack.ts';
import type { Stack } from './stack.ts';
import { childrenOf } from './testing/children.ts';
import { waitUntil } from './wait-until.ts';

// Nine processes start in each case, perhaps on a machine that is busy already.
vi.setConfig({ testTimeout: 180_000 });

let temporary = '';
let stack: Stack | undefined;

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'vigil-stack-test-'));
});

afterEach(async () => {
  await stack?.stop();
  stack = undefined;
  rmSync(temporary, { recursive: true, force: true });
});

test('each service is a process of its own, ready, not restarted by itself, and gone after stop', async () => {
  const dataDir = join(temporary, 'data');
  stack = await startStack({ scorers: 2, dataDir });
  await stack.addScorer();
  const { ingestor, scorers, dispatcher, gateway, servers } = stack;
  const processes = [ingestor, ...scorers, dispatcher, gateway];
  expect(processes.map(({ name }) => name)).toEqual([
    'ingestor',
    'scorer-1',
    'scorer-2',
    'scorer-3',
    'dispatcher',
    'gateway',
  ]);
  expect(new Set(processes.map(({ pid }) => pid)).size).toBe(6);
  for (const one of processes) await one.waitReady();

  const [scorer] = scorers;
  const before = scorer?.pid;
  await scorer?.kill('SIGKILL');
  expect(await scorer?.ended()).toEqual({ code: null, signal: 'SIGKILL' });
  expect(scorer?.pid).toBeUndefined();
  await scorer?.restart();
  expect(scorer?.pid).not.toBe(before);
  await scorer?.waitReady();

  const pids = [...processes, ...Object.values(servers)].flatMap(({ pid }) => pid ?? []);
  await stack.stop();
  expect(pids.filter((pid) => isRunning(pid))).toEqual([]);
  expect(existsSync(join(dataDir, 'logs/ingestor.log'))).toBe(true);
});

test('a service that does not start fails the stack with what it said, and nothing is left', async () => {
  const children = childrenOf(process.pid).length;
  await expect(startStack({ env: { LOG_LEVEL: 'shouting' } })).rejects.toThrow(/LOG_LEVEL/);
  // The watchdog may be new.
  expect(childrenOf(process.pid).length).toBeLessThanOrEqual(children + 1);
});

test.each(['SIGINT', 'SIGKILL'] as const)('nothing outlives `pnpm stack` that %s ends', async (signal) => {
  const main = spawn(process.execPath, [join(import.meta.dirname, 'stack-main.ts'), '--scorers', '2', '--port', '0'], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  main.stderr.resume();
  const said: string[] = [];
  const lines = createInterface({ input: main.stdout }).on('line', (line) => said.push(line));
  const started = () => said.some((line) => line.startsWith('Ctrl-C stops everything')) || main.exitCode !== null;
  await waitUntil(started, { timeoutMs: 90_000, what: 'start of the stack' });
  expect(said.join('\n')).toMatch(/Gateway +http:.*\nIngest +http:.*\nAPI key +vgl_/);
  const pids = childrenOf(main.pid ?? 0);
  // Three servers, five services and the watchdog.
  expect(pids.length).toBeGreaterThanOrEqual(6);

  const ended = once(main, 'exit');
  main.kill(signal);
  expect(await ended).toEqual(signal === 'SIGINT' ? [0, null] : [null, 'SIGKILL']);
  const gone = () => pids.every((pid) => !isRunning(pid)) && readdirSync(temporary).length === 0;
  await waitUntil(gone, { timeoutMs: 25_000, what: 'end of all processes and folders' }).catch(() => undefined);
  expect(pids.filter((pid) => isRunning(pid))).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
  lines.close();
});
