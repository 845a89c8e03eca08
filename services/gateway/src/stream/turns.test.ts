import { expect, it } from 'vitest';
import { Turns } from './turns.ts';

const otherWork = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('lets each have its turn in order, and others theirs after each', async () => {
  const turns = new Turns();
  const had: string[] = [];
  const work = async (name: string): Promise<void> => {
    for (let step = 0; step < 2; step += 1) {
      await turns.next();
      had.push(name);
    }
  };
  const all = Promise.all([work('a'), work('b'), work('c')]);
  for (let turn = 1; turn <= 6; turn += 1) {
    await otherWork();
    expect(had).toHaveLength(turn);
  }
  await all;
  expect(had).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
});
