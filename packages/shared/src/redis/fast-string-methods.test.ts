import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

/** What V8 says of `String.prototype` in a process of its own after the code ran. */
async function areStringMethodsFast(code: string): Promise<boolean> {
  const script = `${code}; console.log(String(%HasFastProperties(String.prototype)))`;
  const { stdout } = await run(process.execPath, ['--allow-natives-syntax', '--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
  });
  return stdout.trim() === 'true';
}

const importOf = (path: string): string => `await import(${JSON.stringify(import.meta.resolve(path))})`;

it('undoes what a class derived from String does to all strings', async () => {
  const derived = 'globalThis.Derived = class extends String {}';
  expect(await areStringMethodsFast(derived)).toBe(false);
  const restored = `(${importOf('./fast-string-methods.ts')}).keepStringMethodsFast()`;
  expect(await areStringMethodsFast(`${derived}; ${restored}`)).toBe(true);
});

it.each(['./connect-redis.ts', '../queue/redis-queue-backend.ts'])('%s leaves them fast', async (path) => {
  expect(await areStringMethodsFast(importOf(path))).toBe(true);
});
