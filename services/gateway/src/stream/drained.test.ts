import { expect, it, onTestFinished, vi } from 'vitest';
import { drained } from './drained.ts';

it('waits until little enough is left', async () => {
  const left = [100, 60, 50, 0];
  expect(
    await drained(
      50,
      () => left.shift()!,
      () => true,
    ),
  ).toBe(true);
  expect(left).toEqual([0]);
});

it.each([
  ['while much waits', 100],
  ['with nothing to be taken', 0],
])('says no of a connection that has ended %s', async (_when, bytes) => {
  expect(
    await drained(
      50,
      () => bytes,
      () => false,
    ),
  ).toBe(false);
});

it('says no of a client that takes nothing for half a minute', async () => {
  const now = vi.spyOn(performance, 'now').mockReturnValueOnce(1_000).mockReturnValue(31_001);
  onTestFinished(() => now.mockRestore());
  expect(
    await drained(
      50,
      () => 100,
      () => true,
    ),
  ).toBe(false);
});
