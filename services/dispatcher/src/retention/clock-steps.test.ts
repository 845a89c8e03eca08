import { expect, it } from 'vitest';
import { ClockSteps } from './clock-steps.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 10, 27);

it('doubts a clock that went ahead by days for a day, and tells so once', () => {
  const steps = new ClockSteps();
  expect(steps.tell(START_MS, 0)).toBeUndefined();
  expect(steps.tell(START_MS + HOUR_MS, HOUR_MS)).toBeUndefined();
  expect(steps.tell(START_MS + 365 * DAY_MS, 2 * HOUR_MS)).toBe(365);
  expect(steps.tell(START_MS + 365 * DAY_MS + HOUR_MS, 3 * HOUR_MS)).toBeUndefined();
  const aheadMs = 365 * DAY_MS - HOUR_MS - HOUR_MS;
  expect([2 * HOUR_MS, DAY_MS, 26 * HOUR_MS].map((runMs) => steps.aheadMs(runMs))).toEqual([aheadMs, aheadMs, 0]);
});

it('trusts it again at once where it is set back', () => {
  const steps = new ClockSteps();
  steps.tell(START_MS, 0);
  steps.tell(START_MS + 365 * DAY_MS, HOUR_MS);
  expect(steps.tell(START_MS + 2 * HOUR_MS, 2 * HOUR_MS)).toBeUndefined();
  expect(steps.aheadMs(2 * HOUR_MS)).toBe(0);
});

it('doubts all of what it went ahead by in several steps, less what it was set back by', () => {
  const steps = new ClockSteps();
  steps.tell(START_MS, 0);
  steps.tell(START_MS + 10 * DAY_MS, 0);
  steps.tell(START_MS + 30 * DAY_MS, 0);
  expect(steps.aheadMs(0)).toBe(30 * DAY_MS);
  steps.tell(START_MS + 25 * DAY_MS, 0);
  expect(steps.aheadMs(0)).toBe(25 * DAY_MS);
});

it('is ahead by no less than nothing, however far it is set back', () => {
  const steps = new ClockSteps();
  steps.tell(START_MS, 0);
  steps.tell(START_MS + 10 * DAY_MS, 0);
  steps.tell(START_MS - 20 * DAY_MS, 0);
  expect(steps.aheadMs(0)).toBe(0);
});

it('doubts it as far as before where it is set by less than a day', () => {
  const steps = new ClockSteps();
  steps.tell(START_MS, 0);
  steps.tell(START_MS + 10 * DAY_MS, 0);
  for (const stepMs of [-HOUR_MS, HOUR_MS]) steps.tell(START_MS + 10 * DAY_MS + stepMs, 0);
  expect(steps.aheadMs(0)).toBe(10 * DAY_MS);
});

it('doubts no more than a new step once the doubt of an earlier one is over', () => {
  const steps = new ClockSteps();
  steps.tell(START_MS, 0);
  steps.tell(START_MS + 30 * DAY_MS, 0);
  steps.tell(START_MS + 41 * DAY_MS, DAY_MS);
  expect(steps.aheadMs(DAY_MS)).toBe(10 * DAY_MS);
});

it.each([-DAY_MS, -HOUR_MS, 0, HOUR_MS, DAY_MS])('does not doubt one that was set by %i ms', (stepMs) => {
  const steps = new ClockSteps();
  steps.tell(START_MS, 0);
  expect(steps.tell(START_MS + HOUR_MS + stepMs, HOUR_MS)).toBeUndefined();
  expect(steps.aheadMs(HOUR_MS)).toBe(0);
});
