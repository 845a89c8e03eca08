import { expect, test } from 'vitest';
import { numbered } from '../testing/run-windows.ts';
import { BUCKET_FIELDS, clearBucket, MINUTE_MS, SLOW_PERIOD_MS, type Observation } from './bucket.ts';
import { hashText } from './hash.ts';
import { isTold, loginName, loginOutcome, observeTry, sprayAt, type LoginOutcome, type Spray } from './login-window.ts';

interface Tries {
  period: number;
  refused?: number;
  taken?: number;
  sinceStart?: number;
}

/** Buckets of tries, each of an address of its own. */
function bucketsOf(...all: Tries[]): Float64Array {
  const slab = new Float64Array(all.length * BUCKET_FIELDS);
  for (const [index, { period, refused = 0, taken = 0, sinceStart = 0 }] of all.entries()) {
    const bucket = new Float64Array(BUCKET_FIELDS);
    clearBucket(bucket, 0, period);
    for (const [loginRefused, count] of [
      [true, refused],
      [false, taken],
    ] as const)
      for (let i = 0; i < count; i += 1)
        observeTry(bucket, { loginRefused } as Observation, sinceStart, hashText(`${loginRefused} ${i}`));
    slab.set(bucket, index * BUCKET_FIELDS);
  }
  return slab;
}

const NONE = new Float64Array(0);
const PERIOD_MINUTES = SLOW_PERIOD_MS / MINUTE_MS;

test.each<[LoginOutcome, string, number[]]>([
  ['refused', '/login', [400, 401, 403, 422]],
  ['taken', '/login', [200, 201, 204, 302, 303]],
  ['unknown', '/login', [101, 300, 301, 304, 307, 308, 404, 429, 500, 503]],
  ['refused', '/blog/wp-login.php', [200, 401]],
  ['refused', '/WP-Login.php', [200]],
  ['taken', '/wp-login.php', [204, 302]],
  ['taken', '/wp-login.php.html', [200]],
])('a try is %s at %s with %j', (outcome, path, statuses) => {
  expect(statuses.map((status) => loginOutcome(path, status))).toEqual(statuses.map(() => outcome));
});

test('no more names are told apart than a store can hold', () => {
  expect(loginName(0x7654321)).toBe(loginName(0x4321));
  expect(loginName(0x4322)).not.toBe(loginName(0x4321));
});

test('a spray is what its minute and the four before it hold', () => {
  const isSpray = (period: number): boolean =>
    sprayAt({ minutes: bucketsOf({ period, refused: 60 }), periods: NONE }, 1_000) !== undefined;
  expect([995, 996, 1_000, 1_001].map(isSpray)).toEqual([false, true, true, false]);
});

test('a spray is refused nearly everywhere', () => {
  const isSpray = (taken: number): boolean =>
    sprayAt({ minutes: bucketsOf({ period: 1, refused: 60, taken }), periods: NONE }, 1) !== undefined;
  expect([3, 15].map(isSpray)).toEqual([true, false]);
});

test.each<[string, number, Tries, boolean]>([
  ['who gets in now', 10, { period: 10, taken: 2_000 }, false],
  ['who gets in now, in the first minute of a slow bucket', 0, { period: 10, taken: 500 }, false],
  ['who got in during the hours before', 10, { period: 9, taken: 3_000 }, false],
  ['these, in the last minute of a slow bucket', PERIOD_MINUTES - 1, { period: 9, taken: 3_500 }, false],
  ['nobody who got in earlier than that', 10, { period: 8, taken: 3_000 }, true],
  ['nobody who gets in later', 10, { period: 11, taken: 3_000 }, true],
  ['few, however short a time they have been known', 10, { period: 10, taken: 20, sinceStart: 9 * MINUTE_MS }, true],
  ['more than half of what it is', 10, { period: 10, taken: 45, sinceStart: 9 * MINUTE_MS }, false],
])('a spray is compared with %s', (_name, inPeriod, slow, isSpray) => {
  const period = 10 * PERIOD_MINUTES + inPeriod;
  const history = { minutes: bucketsOf({ period, refused: 60 }), periods: bucketsOf(slow) };
  expect(sprayAt(history, period) !== undefined).toBe(isSpray);
});

test('of many addresses other ones are told in each minute', () => {
  const spray = { oneIn: 8 } as Spray;
  const toldIn = (minute: number): number[] =>
    numbered(800, (i) => i).filter((i) => isTold(spray, hashText(`address ${i}`), minute));
  expect(toldIn(1)).not.toEqual(toldIn(2));
  for (const minute of [1, 2]) {
    expect(toldIn(minute).length).toBeGreaterThan(60);
    expect(toldIn(minute).length).toBeLessThan(140);
  }
});
