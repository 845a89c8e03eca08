import { afterEach, expect, it } from 'vitest';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { Pump } from './pump.ts';
import type { Source } from './source.ts';

const HOUR_MS = 3_600_000;

let pump: Pump;
afterEach(() => pump.stop());

function start(intervals: { flushIntervalMs: number; pollIntervalMs: number }, sources: readonly Source[]): void {
  const { flushIntervalMs, pollIntervalMs } = intervals;
  pump = new Pump({
    isOpen: () => true,
    room: async () => undefined,
    flushIntervalMs: () => flushIntervalMs,
    pollIntervalMs,
    log: testLogger(),
  });
  for (const one of sources) pump.add(one);
  pump.start();
}

function source(name: string, step: () => Promise<boolean>): Source & { steps: number } {
  return {
    name,
    steps: 0,
    state: { state: 'following', reason: '' },
    isGone: false,
    isOutdated: async () => false,
    lagBytes: async () => 0,
    close: async () => undefined,
    step() {
      this.steps += 1;
      return step();
    },
  };
}

it('goes on with the other sources where one fails in a way that nobody foresaw, and tries that one again', async () => {
  const failing = source('failing', () => Promise.reject(new Error('I/O error')));
  const sound = source('sound', async () => false);
  start({ flushIntervalMs: 0, pollIntervalMs: 1 }, [failing, sound]);
  await waitUntil(() => failing.steps > 1, { timeoutMs: 20_000, what: 'the failing source to be tried again' });
  // It is left alone for a while, else its error would be all that the log says.
  expect(sound.steps).toBeGreaterThan(5);
});

it('reads a source at once of which there is more to read', async () => {
  const left = [true, true, false];
  const growing = source('growing', async () => left.shift() === true);
  start({ flushIntervalMs: HOUR_MS, pollIntervalMs: HOUR_MS }, [growing]);
  await waitUntil(() => growing.steps === 3, { timeoutMs: 20_000, what: 'all of it' });
  expect(left).toEqual([]);
});

it.each([
  { hinted: 'at once where it was idle', flushIntervalMs: 0, steps: 2 },
  { hinted: 'no sooner than may be where it grows all the time', flushIntervalMs: HOUR_MS, steps: 1 },
])('reads a source that has news $hinted', async ({ flushIntervalMs, steps }) => {
  const one = source('one', async () => false);
  start({ flushIntervalMs, pollIntervalMs: HOUR_MS }, [one]);
  await waitUntil(() => one.steps === 1, { timeoutMs: 20_000, what: 'the first look' });
  pump.hint('one');
  const other = source('other', async () => false);
  pump.add(other);
  await waitUntil(() => other.steps === 1, { timeoutMs: 20_000, what: 'the look at the other' });
  expect(one.steps).toBe(steps);
});
