import type * as Timers from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { retry, RetryLaterError } from './retry.ts';

/** Waits that took place in name only, ms; undefined where they are real. */
const waited = vi.hoisted(() => ({ ms: undefined as number[] | undefined }));
vi.mock('node:timers/promises', async (importOriginal) => {
  const timers = await importOriginal<typeof Timers>();
  const setTimeout: typeof Timers.setTimeout = async (ms, value, options) => {
    if (waited.ms === undefined) return timers.setTimeout(ms, value, options);
    // Later, so that who does not wait has not waited.
    await timers.setImmediate();
    waited.ms.push(ms!);
    return value!;
  };
  return { ...timers, setTimeout };
});
afterEach(() => {
  waited.ms = undefined;
  vi.restoreAllMocks();
});

test('tells how often work failed once it has succeeded, and nothing where it never failed', async () => {
  const recoveries: number[] = [];
  const options = { delayMs: 1, onRecovery: (failures: number) => recoveries.push(failures) };
  let calls = 0;
  const flaky = async () => {
    calls += 1;
    if (calls < 3) throw new Error('away');
    return 'done';
  };
  expect(await retry(flaky, options)).toBe('done');
  expect(await retry(flaky, options)).toBe('done');
  calls = 1;
  expect(await retry(flaky, options)).toBe('done');
  expect(recoveries).toEqual([2, 1]);
  const hopeless = retry(() => Promise.reject(new Error('no use')), { ...options, isTransient: () => false });
  await expect(hopeless).rejects.toThrow('no use');
  expect(recoveries).toEqual([2, 1]);
});

test('waits no more once it is to stop, tries a last time, and fails as that did', async () => {
  const stopping = new AbortController();
  let calls = 0;
  const away = async () => {
    calls += 1;
    throw new Error(`away ${calls}`);
  };
  const options = { delayMs: 3_600_000, delayMaxMs: 3_600_000, signal: stopping.signal };
  const trying = retry(away, { ...options, onRetry: () => stopping.abort() });
  await expect(trying).rejects.toThrow('away 2');
});

test.each([
  [0, [50, 100, 150, 150]],
  [1, [100, 200, 300, 300]],
])(
  'waits twice as long after each failure, up to the longest, and of that at least half: %i',
  async (random, waits) => {
    vi.spyOn(Math, 'random').mockReturnValue(random);
    waited.ms = [];
    const away = retry(() => Promise.reject(new Error('away')), {
      delayMs: 100,
      delayMaxMs: 300,
      isTransient: () => waited.ms!.length < waits.length,
    });
    await expect(away).rejects.toThrow('away');
    expect(waited.ms).toEqual(waits);
  },
);

test('waits as long as the other side asks for, also beyond its own longest, and no shorter than by itself', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(1);
  waited.ms = [];
  const asked = [1_000, 10];
  const busy = async () => {
    const retryAfterMs = asked.shift();
    if (retryAfterMs !== undefined) throw new RetryLaterError('busy', retryAfterMs);
  };
  await retry(busy, { delayMs: 100, delayMaxMs: 300 });
  expect(waited.ms).toEqual([1_000, 200]);
});
