import { expect, it } from 'vitest';
import { LoopTurns } from './loop-turns.ts';

const otherWork = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('lets each have its turn in order, and others theirs after each', async () => {
  const turns = new LoopTurns();
  const had: string[] = [];
  const work = async (name: string): Promise<void> => {
    for (let step = 0; step < 2; step += 1) {
      await turns.next();
      had.push(name);
    }
  };
  const all = Promise.all([work('a'), work('b'), work('c')]);
  for (let seen = 0; seen < 6; seen = had.length) {
    await otherWork();
    expect(had.length - seen).toBeLessThanOrEqual(1);
  }
  await all;
  expect(had).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
});
