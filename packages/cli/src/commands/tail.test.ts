import { getEventListeners } from 'node:events';
import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { ADMIN_KEY, startTestGateway, STREAM_KEY, type TestGateway } from '@vigil/gateway/testing/start-test-gateway';
import { createEventPartition, storeEvents } from '@vigil/gateway/testing/store-events';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import type { Database } from '@vigil/shared/storage/database';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { UserError } from '../exit.ts';
import { checkNames } from '../tail/check-names.ts';
import { tail } from './tail.ts';

let database: Database;
let gateway: TestGateway;

beforeAll(async () => {
  database = await openTestDatabase();
  await createEventPartition(database);
  await storeEvents(database, [
    { path: '/one', classes: ['XSS'] },
    { path: '/two\u001b[2J\u009b1m\u202egpj' },
    { path: '/three', classes: ['XSS'] },
    ...Array.from({ length: 40 }, (_, i) => ({ path: `/scan/${i}`, sourceIp: '203.0.113.99' })),
  ]);
  gateway = await startTestGateway(database, createMemoryAlertBus());
});
afterAll(async () => {
  await gateway.stop();
  await database.close();
});

function collector(): Writable & { text: string } {
  const out = new Writable({
    write(chunk: Buffer, _encoding, done) {
      collected.text += chunk.toString();
      done();
    },
  });
  const collected = Object.assign(out, { text: '' });
  return collected;
}

it('prints alerts from a cursor on, one a line, harmless to a terminal', async () => {
  const out = collector();
  await tail({ url: gateway.url, key: STREAM_KEY, after: 0, count: 3 }, out);
  const lines = out.text.trimEnd().split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[1]).toContain('/two\\u{1b}[2J\\u{9b}1m\\u{202e}gpj');
});

it('ends at once where no alert is wanted', async () => {
  const out = collector();
  await tail({ url: gateway.url, key: STREAM_KEY, after: 0, count: 0 }, out);
  expect(out.text).toBe('');
});

it('filters, and gives JSON as it came', async () => {
  const out = collector();
  await tail({ url: gateway.url, key: STREAM_KEY, after: 0, count: 2, class: ['xss'], json: true }, out);
  const paths = out.text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { request_path: string }).request_path);
  expect(paths).toEqual(['/one', '/three']);
});

it.each([
  [{ class: ['xss,bogus'] }, 'No rule has the class BOGUS; there are '],
  [{ rule: ['sqli-union-select', 'no-such-rule'] }, 'There is no rule no-such-rule'],
])('waits for nothing that no rule in use can give: %j', async (wanted, problem) => {
  const waiting = tail({ url: gateway.url, key: ADMIN_KEY, count: 1, ...wanted }, collector());
  await expect(waiting).rejects.toThrow(UserError);
  await expect(waiting).rejects.toThrow(problem);
});

it.each([
  { class: ['RATE_ANOMALY', 'brute_force', ' XSS '] },
  { rule: ['PATH_SCAN', 'SUCCESS_AFTER_ATTACK', 'xss-angular'] },
])('knows what rests on an address or an answer: %j', async (wanted) => {
  await expect(checkNames({ url: gateway.wsUrl, ...wanted }, ADMIN_KEY)).resolves.toBeUndefined();
});

it.each([
  ['its key may not ask which rules are in use', STREAM_KEY],
  ['alerts from before are asked for', ADMIN_KEY],
])('goes on with a name that no known rule has where %s', async (_where, key) => {
  const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  onTestFinished(() => told.mockRestore());
  const out = collector();
  await tail({ url: gateway.url, key, after: 0, count: 1, class: ['XSS', 'OUR_OWN'] }, out);
  expect(out.text).toContain('/one');
  expect(told.mock.calls.flat().join()).toContain('No rule has the class OUR_OWN');
});

it('gives JSON that is harmless to a terminal and the same when parsed', async () => {
  const out = collector();
  await tail({ url: gateway.url, key: STREAM_KEY, after: 1, count: 1, json: true }, out);
  expect(out.text).toContain('/two\\u001b[2J\\u009b1m\\u202egpj');
  expect(JSON.parse(out.text)).toMatchObject({ request_path: '/two\u001b[2J\u009b1m\u202egpj' });
});

it('sums up in a terminal what one address goes on with; --all, and whatever reads a pipe, gets each', async () => {
  const lines = async (flags: { all?: boolean }, isTTY: boolean) => {
    const out = Object.assign(collector(), { isTTY });
    await tail({ url: gateway.url, key: STREAM_KEY, after: 3, count: 40, ...flags }, out);
    return stripVTControlCharacters(out.text).trimEnd().split('\n');
  };
  const folded = await lines({}, true);
  expect(folded).toHaveLength(4);
  expect(folded.at(-1)).toContain('37 more, last GET /scan/39');
  expect(await lines({ all: true }, true)).toHaveLength(40);
  expect(await lines({}, false)).toHaveLength(40);
});

it('says what is wrong with the key instead of trying for ever', async () => {
  const given = { url: gateway.url, after: 0, count: 1 };
  await expect(tail({ ...given, key: 'no-such-key-0123456789' }, collector())).rejects.toThrow(UserError);
  await expect(tail(given, collector())).rejects.toThrow('VIGIL_API_KEY');
});

it('leaves no listener behind each time that its reader was waited for', async () => {
  const signals: AbortSignal[] = [];
  vi.stubGlobal(
    'AbortController',
    class extends AbortController {
      constructor() {
        super();
        signals.push(this.signal);
      }
    },
  );
  onTestFinished(() => void vi.unstubAllGlobals());
  let listeners = 0;
  const slow = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => {
      listeners = Math.max(...signals.map((signal) => getEventListeners(signal, 'abort').length));
      setImmediate(done);
    },
  });
  await tail({ url: gateway.url, key: STREAM_KEY, after: 0, count: 3 }, slow);
  expect(listeners).toBe(1);
});

it('says so where the alerts end before the cursor, and goes on', async () => {
  const out = collector();
  const told = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    if (String(text).includes('another database')) out.destroy(new Error('has seen enough'));
    return true;
  });
  onTestFinished(() => told.mockRestore());
  await tail({ url: gateway.url, key: STREAM_KEY, after: 99 }, out);
  const notes = told.mock.calls.map(([text]) => text).join('');
  expect(notes).toContain('-- listening\n');
  expect(notes).toContain('the last alert here is 43, not 99');
});
