import type { AlertBus } from '@vigil/shared/bus/alert-bus';
import type { Alert } from '@vigil/shared/contracts';

/** Small seeded generator (mulberry32), so that a failure can be played again. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Publishes as pub/sub does on a bad day: some alerts are lost, some come twice, some late. */
export async function publishBadly(bus: AlertBus, alerts: readonly Alert[], random: () => number): Promise<void> {
  const told = alerts.filter(() => random() > 0.2);
  if (random() < 0.3) told.push(...told.slice(0, 2));
  if (random() < 0.3) told.reverse();
  await bus.publish(told);
}
