import { expect, it } from 'vitest';
import { Wakeup } from './wakeup.ts';

/** Longer than a test may take. */
const LONG_MS = 600_000;

it('wakes all that wait', async () => {
  const wakeup = new Wakeup();
  const waiting = [wakeup.wait(LONG_MS), wakeup.wait(LONG_MS)];
  wakeup.wake();
  expect(await Promise.all(waiting)).toEqual([true, true]);
  expect(await wakeup.wait(0)).toBe(false);
});

it('remembers calls while nobody waits, for one wait', async () => {
  const wakeup = new Wakeup();
  wakeup.wake();
  wakeup.wake();
  expect(await wakeup.wait(LONG_MS)).toBe(true);
  expect(await wakeup.wait(0)).toBe(false);
  // Whoever has given up waiting does not wait.
  wakeup.wake();
  expect(await wakeup.wait(LONG_MS)).toBe(true);
});
