import { createEngine, type Engine } from '@vigil/detection';
import { describe, expect, it } from 'vitest';
import { warmUp } from './warm-up.ts';

/** An engine that counts what is asked of it. */
function countingEngine(onLine: () => void = () => undefined) {
  const engine = createEngine();
  const counts = { looked: 0, inspected: 0, attacks: 0 };
  const counting: Engine = {
    ...engine,
    isQuiet: (bytes, fields) => {
      counts.looked += 1;
      onLine();
      return engine.isQuiet(bytes, fields);
    },
    inspect: (request) => {
      counts.inspected += 1;
      const evidence = engine.inspect(request);
      if (evidence.matches.length > 0) counts.attacks += 1;
      return evidence;
    },
  };
  return { engine: counting, counts };
}

describe('warmUp', () => {
  it('takes ordinary lines and attacks the ways that real ones take', async () => {
    const { engine, counts } = countingEngine();
    await warmUp(engine, 2_500, new AbortController().signal);
    expect(counts.looked).toBeGreaterThan(2_000);
    expect(counts.looked).toBeLessThanOrEqual(2_500);
    expect(counts.inspected).toBeLessThan(1_000);
    expect(counts.attacks).toBeGreaterThan(200);
  });

  it('scores nothing where it is left out', async () => {
    const { engine, counts } = countingEngine();
    await warmUp(engine, 0, new AbortController().signal);
    expect(counts).toEqual({ looked: 0, inspected: 0, attacks: 0 });
  });

  it('ends after the batch at hand when the process is to stop', async () => {
    const stop = new AbortController();
    const { engine, counts } = countingEngine(() => stop.abort());
    await warmUp(engine, 100_000, stop.signal);
    expect(counts.looked).toBeLessThanOrEqual(1_000);
  });
});
