import { expect, it } from 'vitest';
import { Turns } from './turns.ts';

it('has nothing wait once it is closed, lets end what has begun, and begins what comes to a turn that is free', async () => {
  const turns = new Turns(1);
  const release = Promise.withResolvers<string>();
  const begun: string[] = [];
  const take = (name: string) =>
    turns.take(() => {
      begun.push(name);
      return release.promise;
    });
  const before = Promise.allSettled([take('first'), take('waiting')]);
  turns.close();
  const late = Promise.allSettled([take('late')]);
  release.resolve('done');
  const rejected = { status: 'rejected', reason: new Error('closed before its turn') };
  expect(await before).toEqual([{ status: 'fulfilled', value: 'done' }, rejected]);
  expect(await late).toEqual([rejected]);
  await expect(take('later')).resolves.toBe('done');
  expect(begun).toEqual(['first', 'later']);
});

it('begins as many of those who wait as the limit says by then, in their order, and nobody before them', async () => {
  const turns = new Turns(1);
  const [first, others] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const begun: string[] = [];
  const take = (name: string, until = others.promise, limit?: number) =>
    turns.take(() => {
      begun.push(name);
      if (limit !== undefined) turns.limit = limit;
      return until;
    });
  const all = [take('a', first.promise), take('b', others.promise, 3), take('c'), take('d'), take('e')];
  turns.limit = 2;
  all.push(take('late'));
  expect(begun).toEqual(['a']);
  first.resolve();
  await expect.poll(() => begun).toEqual(['a', 'b', 'c', 'd']);
  others.resolve();
  await Promise.all(all);
  expect(begun).toEqual(['a', 'b', 'c', 'd', 'e', 'late']);
});
