import { expect, it } from 'vitest';
import { natsUrl, nonNegativeMs, port, positiveInt, positiveMs } from './fields.ts';

it.each(['nats://nats:4222', 'tls://user:secret@nats.example.org'])('takes %s', (url) => {
  expect(natsUrl.parse(url)).toBe(url);
});

it.each(['ws://nats.example.org', 'wss://nats.example.org/ws'])(
  'refuses %s, since the client speaks to NATS over TCP alone',
  (url) => {
    expect(natsUrl.safeParse(url).error?.issues[0]?.message).toContain('nats:// or tls://');
  },
);

it('takes no time that a timer cannot wait: it would not wait at all', () => {
  for (const field of [positiveMs, nonNegativeMs])
    expect([2 ** 31 - 1, 2 ** 31].map((value) => field.safeParse(String(value)).success)).toEqual([true, false]);
});

it.each([
  [port, '80a', 'must be a whole number'],
  [port, '80.5', 'must be a whole number'],
  [port, '-1', 'must be at least 0'],
  [port, '65536', 'must be at most 65535'],
  [positiveInt, '0', 'must be above 0'],
])('says of a number what is wrong with it: %#', (field, given, problem) => {
  expect(field.safeParse(given).error?.issues.map(({ message }) => message)).toEqual([problem]);
});
