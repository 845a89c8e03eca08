import { describe, expect, it } from 'vitest';
import { simulatePipeline, type PipelineModel } from './simulate-pipeline.ts';

const MODEL: PipelineModel = {
  costs: {
    ingestorUsPerLine: 1,
    redisUsPerLine: 2,
    scorerUsPerLine: 20,
    dispatcherUsPerEvent: 100,
    postgresUsPerEvent: 100,
  },
  batchLines: 1_000,
  eventShare: 0.01,
  linesPerSecond: Infinity,
  batches: 2_000,
  ingestors: 1,
  redises: 1,
  scorers: 1,
  dispatchers: 1,
  postgresCores: 4,
  cores: Infinity,
  seed: 1,
};
const rate = (changed: Partial<PipelineModel>): number => simulatePipeline({ ...MODEL, ...changed }).linesPerSecond;

describe('simulatePipeline', () => {
  it('gives the same answer for the same model', () => {
    expect(simulatePipeline(MODEL)).toEqual(simulatePipeline(MODEL));
  });

  it('goes as fast as its slowest stage, and no faster', () => {
    // 20 us a line are 50k lines/s of one scorer.
    expect(rate({})).toBeGreaterThan(46_000);
    expect(rate({})).toBeLessThan(52_000);
    // Twenty scorers would do a million; one Redis at 2 us a line does 500k.
    expect(rate({ scorers: 20, batches: 10_000 })).toBeGreaterThan(400_000);
    expect(rate({ scorers: 20, batches: 10_000 })).toBeLessThan(510_000);
  });

  it('shares the cores that there are: more processes than cores do not go faster', () => {
    // 24 us a line in all: two cores do 83k.
    const [four, eight] = [rate({ cores: 2, scorers: 4 }), rate({ cores: 2, scorers: 8 })];
    expect(four).toBeGreaterThan(75_000);
    expect(four).toBeLessThan(85_000);
    expect(Math.abs(eight - four) / four).toBeLessThan(0.05);
    expect(rate({ cores: 1.5, scorers: 4 }) / four).toBeCloseTo(0.75, 1);
  });

  it('keeps up with an arrival below its rate, and falls behind above it', () => {
    const below = simulatePipeline({ ...MODEL, linesPerSecond: 30_000 });
    const above = simulatePipeline({ ...MODEL, linesPerSecond: 80_000 });
    expect(below.linesPerSecond).toBeGreaterThan(29_000);
    expect(below.latencyMs.p99).toBeLessThan(500);
    expect(above.latencyMs.p99).toBeGreaterThan(5_000);
    expect(above.busy.scorer).toBeGreaterThan(0.95);
  });
});
