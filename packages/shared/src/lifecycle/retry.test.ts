import { expect, test } from 'vitest';
import { retry } from './retry.ts';

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
  expect(recoveries).toEqual([2]);
  const hopeless = retry(() => Promise.reject(new Error('no use')), { ...options, isTransient: () => false });
  await expect(hopeless).rejects.toThrow('no use');
  expect(recoveries).toEqual([2]);
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
