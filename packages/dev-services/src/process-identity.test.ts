import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { processCommand, processIdentity } from './process-identity.ts';

const { platform } = process;
// What is not Linux is asked by `ps`, which runs here as well.
beforeEach(() => void Object.defineProperty(process, 'platform', { value: 'darwin' }));
afterEach(() => {
  Object.defineProperty(process, 'platform', { value: platform });
  vi.unstubAllEnvs();
});

it('tells a process the same way after the machine has moved to another time zone', () => {
  vi.stubEnv('TZ', 'UTC');
  const before = processIdentity(process.pid);
  expect(before).toBeTypeOf('string');
  vi.stubEnv('TZ', 'Asia/Tokyo');
  expect(processIdentity(process.pid)).toBe(before);
});

it('reads the whole of a long command, however narrow the terminal is', async () => {
  vi.stubEnv('COLUMNS', '40');
  const last = 'folder of the database';
  const child = spawn(process.execPath, ['--eval', 'setTimeout(() => {}, 60_000)', 'x'.repeat(400), last]);
  await once(child, 'spawn');
  try {
    await expect.poll(() => processCommand(child.pid!)).toContain(last);
  } finally {
    child.kill('SIGKILL');
  }
});

it('knows no process that has ended', async () => {
  const child = spawn(process.execPath, ['--version']);
  await once(child, 'exit');
  expect(processIdentity(child.pid!)).toBeUndefined();
});
