import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LockHeldError, takeLock, tryLock } from './file-lock.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-lock-'));
  path = join(folder, 'owner.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('is held by one at a time, and leaves nothing behind', () => {
  const release = takeLock(path);
  expect(() => takeLock(path)).toThrow(LockHeldError);
  expect(tryLock(path)).toBeUndefined();
  release();
  tryLock(path)!();
  expect(readdirSync(folder)).toEqual([]);
});

it.each([
  ['is gone, whose id another process has since', JSON.stringify({ pid: process.pid, identity: 'an earlier start' })],
  ['cannot be told, as after a crash of the machine', ''],
])('is taken from an owner that %s', (_who, content) => {
  writeFileSync(path, content);
  expect(() => takeLock(path)()).not.toThrow();
  expect(readdirSync(folder)).toEqual([]);
});

it('is not released by whom it was taken from', () => {
  const release = takeLock(path);
  writeFileSync(path, JSON.stringify({ pid: process.ppid, identity: 'somebody else' }));
  release();
  expect(existsSync(path)).toBe(true);
});
