import type { Alert } from '@vigil/shared/contracts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Arrivals } from './arrivals.ts';
import { LIVE_ALERTS_MAX } from './feed.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const numbered = (count: number): Alert[] => Array.from({ length: count }, (_value, seq) => ({ seq }) as Alert);

it('shows together what comes within a moment, and nothing after its end', () => {
  const shown: number[] = [];
  const arrivals = new Arrivals((alerts) => shown.push(alerts.length));
  arrivals.add(numbered(2));
  arrivals.add(numbered(3));
  expect(shown).toEqual([]);
  vi.runAllTimers();
  arrivals.add(numbered(1));
  arrivals.stop();
  vi.runAllTimers();
  expect(shown).toEqual([5]);
});

it('keeps no more than the feed does while timers do not run, as in a tab that nobody sees', () => {
  const shown: number[] = [];
  const arrivals = new Arrivals((alerts) => shown.push(alerts.length));
  for (let batch = 0; batch < 100; batch += 1) arrivals.add(numbered(LIVE_ALERTS_MAX / 10));
  expect(shown).toEqual(Array.from({ length: 10 }, () => LIVE_ALERTS_MAX));
  vi.runAllTimers();
  expect(shown).toHaveLength(10);
});
