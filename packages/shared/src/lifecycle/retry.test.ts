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
