import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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

describe.runIf(platform === 'linux')('on Linux', () => {
  beforeEach(() => void Object.defineProperty(process, 'platform', { value: platform }));

  it('tells by its start a process whose name looks like the rest of its record', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vigil-identity-'));
    const program = join(folder, 'a) S 1 (b');
    symlinkSync('/bin/sleep', program);
    const child = spawn(program, ['60']);
    await once(child, 'spawn');
    try {
      // It started later than this process, by a clock that counts from the start of the machine.
      expect(Number(processIdentity(child.pid!))).toBeGreaterThan(Number(processIdentity(process.pid)));
    } finally {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    }
  });

  it('knows no process that has ended although nobody has asked how', async () => {
    const parent = spawn('/bin/sh', ['-c', 'true & echo $!; exec sleep 60']);
    try {
      const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
      await expect.poll(() => processIdentity(Number(pid))).toBeUndefined();
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
