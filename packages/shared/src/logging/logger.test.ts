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
  expect(text).toContain('"host":"h"');
  expect(text).not.toContain('hunter2');
});
