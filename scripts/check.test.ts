import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';

const CHECK = resolve(import.meta.dirname, 'check.ts');

const releases: (() => void)[] = [];
afterEach(() => releases.splice(0).forEach((release) => release()));

it.each([
  { signal: 'SIGINT', code: 130, busy: 'tsc', started: ['tsc'] },
  { signal: 'SIGTERM', code: 143, busy: 'tsc', started: ['tsc'] },
  { signal: 'SIGINT', code: 130, busy: 'vitest', started: ['tsc', 'oxlint', 'prettier', 'vitest'] },
] as const)('ends by $signal during $busy, starts nothing more and leaves nobody behind', async (example) => {
  const { signal, code, busy, started } = example;
  const folder = mkdtempSync(join(tmpdir(), 'vigil-check-test-'));
  releases.push(() => rmSync(folder, { recursive: true, force: true }));
  const calls = join(folder, 'calls');
  for (const name of ['tsc', 'oxlint', 'prettier', 'vitest'])
    writeFileSync(join(folder, name), tool(name, calls, name === busy), { mode: 0o755 });
  const child = spawn(process.execPath, [CHECK], {
    env: { ...process.env, TMPDIR: folder, PATH: `${folder}${delimiter}${process.env['PATH']}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  releases.push(() => child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  const said: string[] = [];
  // Whoever outlives the checks holds this pipe open, and it never ends.
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (line === 'busy') child.kill(signal);
  }
  expect(await exited).toEqual([code, null]);
  expect(said.join('\n')).not.toMatch(/FAIL|passed/);
  expect(readFileSync(calls, 'utf8').trim().split('\n')).toEqual(started);
});

it('names each static check that failed once more at its end, where what it said has scrolled away', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-check-test-'));
  releases.push(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['tsc', 'oxlint', 'prettier', 'vitest'])
    writeFileSync(join(folder, name), `#!/bin/sh\nexit ${name === 'oxlint' ? 1 : 0}\n`, { mode: 0o755 });
  const child = spawn(process.execPath, [CHECK], {
    env: { ...process.env, TMPDIR: folder, PATH: `${folder}${delimiter}${process.env['PATH']}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  expect(said.split('\n')).toEqual([
    'ok   check:types',
    'FAIL check:lint',
    'ok   check:format',
    'FAIL check:lint (above)',
    '',
    '2 passed, 1 failed',
    '',
  ]);
  expect(code).toBe(1);
});

/** A program that notes its call. One that is busy waits for a child that heeds no signal and, were it forgotten, ends with the notes. */
function tool(name: string, calls: string, isBusy: boolean): string {
  const stubborn = `trap '' INT TERM; echo busy; while [ -e '${calls}' ]; do sleep 1; done`;
  const work = ['trap "exit 1" INT TERM', `(${stubborn}) & wait`];
  return ['#!/bin/sh', `echo ${name} >>'${calls}'`, ...(isBusy ? work : [])].join('\n');
}
