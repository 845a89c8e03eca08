import { afterEach, expect, it } from 'vitest';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { Pump } from './pump.ts';
import type { Source } from './source.ts';

const pump = new Pump({
  isOpen: () => true,
  room: async () => undefined,
  flushIntervalMs: () => 0,
  pollIntervalMs: 1,
  log: testLogger(),
});
afterEach(() => pump.stop());

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
  pump.add(failing);
  pump.add(sound);
  pump.start();
  await waitUntil(() => failing.steps > 1, { timeoutMs: 20_000, what: 'the failing source to be tried again' });
  expect(sound.steps).toBeGreaterThan(1);
});
