import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createLogger } from './logger.ts';

test('what stands in a record cannot act on a terminal, and is the same when parsed', () => {
  let text = '';
  const log = createLogger('test', 'info', { write: (record) => void (text += record) });
  const hostile = '/\u001b[2J\u009b1m\u202egpj';
  log.info({ path: hostile }, hostile);
  expect(text).toMatch(/^[\u0020-\u007e]+\n$/);
  expect(JSON.parse(text)).toMatchObject({ path: hostile, msg: hostile });
});

test('secrets never reach a record, wherever they are passed along', () => {
  let text = '';
  const log = createLogger('test', 'info', { write: (record) => void (text += record) });
  log.info({ user: { password: 'hunter2', apiKey: 'hunter2', authorization: 'hunter2' } }, 'settings');
  log.info({ req: { headers: { 'x-api-key': 'hunter2', authorization: 'hunter2', host: 'h' } } }, 'request');
  log.child({ password: 'hunter2' }).info({ a: { b: [{ c: { apiKey: ['hunter2'] } }] } }, 'deep');
  log.info({ note: '"password":' }, 'harmless');
  expect(
    text
      .split('\n')
      .slice(0, -1)
      .map((record) => (JSON.parse(record) as { msg: string }).msg),
  ).toEqual(['settings', 'request', 'deep', 'harmless']);
  expect(text).toContain('"host":"h"');
  expect(text).not.toContain('hunter2');
});

test.runIf(process.platform === 'linux')('a full disk under the log ends no process', () => {
  const program = `
    import { createLogger } from ${JSON.stringify(import.meta.resolve('./logger.ts'))};
    const log = createLogger('test');
    for (let i = 0; i < 100; i += 1) log.info({ text: 'x'.repeat(100_000) }, 'record');
    console.error('still here');`;
  const full = openSync('/dev/full', 'w');
  try {
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, 'still here\n']);
  } finally {
    closeSync(full);
  }
});

test('what is said together is written in order and whole, though the work fails', () => {
  const program = `
    import { createLogger, sayTogether } from ${JSON.stringify(import.meta.resolve('./logger.ts'))};
    const log = createLogger('test');
    log.info('0');
    try {
      sayTogether(() => {
        for (let i = 1; i < 100; i += 1) log.info({ text: 'é'.repeat(i * 50) }, String(i));
        throw new Error('failed');
      });
    } catch {
      log.info('100');
    }
    process.kill(process.pid, 'SIGKILL');`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
  const said = stdout.split('\n').slice(0, -1);
  expect(said.map((record) => (JSON.parse(record) as { msg: string }).msg)).toEqual(
    Array.from({ length: 101 }, (_record, index) => String(index)),
  );
});
