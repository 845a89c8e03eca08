import type { Alert } from '@vigil/shared/contracts';
import { testAlert } from '@vigil/shared/testing/alert';
import { expect, it } from 'vitest';
import { AlertEntry } from './alert-ring.ts';
import { encodeAlerts, encodeControl } from './frames.ts';

/** What Python's websockets takes by default; it closes a connection that brings more. */
const MESSAGE_BYTES_MAX = 1024 * 1024;

it.each(['x', '\u001b', '\u8a9e'])('puts no more into a batch than clients take by default, of paths of %j', (sign) => {
  const entries = Array.from(
    { length: 500 },
    (_, index) => new AlertEntry(testAlert({ seq: index + 1, request_path: `/${sign.repeat(8_000)}` })),
  );
  const messages = encodeAlerts('batch', entries, 600);
  for (const message of messages) expect(message.length).toBeLessThan(MESSAGE_BYTES_MAX);
  const frames = messages.map((message) => JSON.parse(message.toString()) as { cursor: number; alerts: Alert[] });
  expect(frames.flatMap(({ alerts }) => alerts)).toEqual(entries.map(({ alert }) => alert));
  expect(frames.map(({ cursor }) => cursor)).toEqual([
    ...frames.slice(0, -1).map(({ alerts }) => alerts.at(-1)!.seq),
    600,
  ]);
});

it('tells alerts in JSON that cannot act on a terminal', () => {
  const path = '/\u009b2J\u202egpj';
  const [message] = encodeAlerts('sse', [new AlertEntry(testAlert({ seq: 1, request_path: path }))], 1);
  const [, , data] = message!.toString().split('\n');
  expect(data).toMatch(/^data: [\x20-\x7e]+$/);
  expect(JSON.parse(data!.slice('data: '.length))).toMatchObject({ request_path: path });
});

it.each([
  ['behind what is gone', { event: 'gap', from: 5, to: 9, reason: 'expired' }, 'id: 9\nevent: gap\n'],
  ['before what was never given', { event: 'gap', from: 5, to: 9, reason: 'ahead_of_stream' }, 'id: 4\nevent: gap\n'],
  [
    'where it stood, and not before the gateway that stops is gone,',
    { event: 'bye', reason: 'restart', cursor: 7, retry_after_ms: 4 },
    'id: 7\nretry: 3004\nevent: bye\n',
  ],
] as const)('has a browser that comes back resume %s', (_where, frame, head) => {
  expect(encodeControl('sse', frame)!.toString()).toBe(`${head}data: ${JSON.stringify(frame)}\n\n`);
});
