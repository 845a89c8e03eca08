import { expect, it } from 'vitest';
import { Turns } from './turns.ts';

it('begins nothing once it is closed, neither what waits nor what comes then, and lets end what has begun', async () => {
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
  await expect(take('later')).rejects.toThrow('closed before its turn');
  expect(begun).toEqual(['first']);
});
