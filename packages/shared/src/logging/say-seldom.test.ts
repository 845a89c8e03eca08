import { expect, test } from 'vitest';
import { saySeldom } from './say-seldom.ts';

test('an error that goes on is said once a minute, and another one at once', () => {
  let nowMs = 0;
  const said: [number, string][] = [];
  const hear = saySeldom(
    (error) => said.push([nowMs, (error as Error).message]),
    () => nowMs,
  );
  for (; nowMs < 150_000; nowMs += 500) {
    hear(new Error('refused'));
    if (nowMs === 70_000) hear(new Error('no answer'));
  }
  expect(said).toEqual([
    [0, 'refused'],
    [60_000, 'refused'],
    [70_000, 'no answer'],
    [120_000, 'refused'],
  ]);
});

test('errors without end, each with an id of its own, are all said', () => {
  const said: unknown[] = [];
  const hear = saySeldom(
    (error) => said.push(error),
    () => 0,
  );
  for (let id = 0; id < 1_000; id += 1) hear(new Error(`missing lock for job ${id}`));
  expect(said).toHaveLength(1_000);
});
