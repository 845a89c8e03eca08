import { expect, it } from 'vitest';
import {
  commaList,
  databaseUrl,
  httpUrl,
  natsUrl,
  nonNegativeInt,
  nonNegativeMs,
  nonNegativeNumber,
  port,
  positiveInt,
  positiveMs,
  redisUrl,
  trustedProxies,
} from './fields.ts';

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
  [nonNegativeInt, '-1', 'must be at least 0'],
])('says of a number what is wrong with it: %#', (field, given, problem) => {
  expect(field.safeParse(given).error?.issues.map(({ message }) => message)).toEqual([problem]);
});

it.each([
  [redisUrl, ['redis://redis:6379/1', 'rediss://redis'], ['http://redis', 'redis', 'xredis://redis', 'redisx://redis']],
  [httpUrl, ['http://a', 'https://a/b'], ['ftp://a', 'httpx://a', 'a']],
  [databaseUrl, ['postgres://a/b', 'postgresql://a/b?sslmode=require'], ['mysql://a/b', 'postgresx://a/b', 'a/b']],
])('takes URLs of its own protocols alone: %#', (field, taken, refused) => {
  expect(taken.map((url) => field.parse(url))).toEqual(taken);
  expect(refused.filter((url) => field.safeParse(url).success)).toEqual([]);
});

it('takes the entries of a list without the spaces around them, and none for an empty one', () => {
  expect(commaList.parse(' a, ,b c,,')).toEqual(['a', 'b c']);
  expect(commaList.parse('')).toEqual([]);
});

it('takes addresses, networks and their names for proxies, and nothing else', () => {
  expect(trustedProxies.parse(undefined)).toEqual([]);
  const named = '127.0.0.1,10.0.0.0/8,::1,loopback';
  expect(trustedProxies.parse(named)).toEqual(named.split(','));
  for (const wrong of ['proxy.example', '10.0.0.0/33', '*']) {
    expect(trustedProxies.safeParse(`127.0.0.1,${wrong}`).success).toBe(false);
  }
});

it('takes a part of one where a number need not be whole, and nothing below 0', () => {
  expect(['0', '0.5', '-0.5', 'x'].map((text) => nonNegativeNumber.safeParse(text).success)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
