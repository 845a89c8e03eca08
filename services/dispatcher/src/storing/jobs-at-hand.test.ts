import { expect, it } from 'vitest';
import { JobsAtHand } from './jobs-at-hand.ts';
import { batch, detection } from '../testing/scored-batch.ts';

const flood = (events: number, line = 'line') =>
  batch(
    's',
    Array.from({ length: events }, (_, position) => detection('s', position, { line })),
  );

it('begins with one batch, takes as many as allowed of small ones, and few where each line is an event', () => {
  const jobs = new JobsAtHand(64);
  expect(jobs.limit).toBe(1);
  expect(jobs.after(flood(1))).toBe(64);
  expect(jobs.after(flood(0))).toBe(64);
  expect(jobs.after(flood(4_000))).toBe(4);
  expect(jobs.after(flood(1))).toBe(4);
  expect(jobs.after(flood(100_000))).toBe(1);
});

it('takes few large ones though they hold hardly an event: the next ones may be the first of a flood', () => {
  const jobs = new JobsAtHand(64);
  expect(jobs.after(batch('s', [detection('s', 0)], 100))).toBe(64);
  expect(jobs.after(batch('s', [detection('s', 0)], 4_000))).toBe(3);
});

it('forgets a flood that is over', () => {
  const jobs = new JobsAtHand(64);
  jobs.after(flood(4_000));
  for (let index = 0; index < 63; index += 1) expect(jobs.after(flood(1))).toBe(4);
  expect(jobs.after(flood(1))).toBe(64);
});

it('takes fewer the longer the lines of their events are', () => {
  const ofLines = (line: string): number => new JobsAtHand(64).after(flood(1_000, line));
  expect(ofLines('x'.repeat(16_000))).toBeLessThan(ofLines('x'.repeat(1_000)));
});
