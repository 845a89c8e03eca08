import { describe, expect, it } from 'vitest';
import { linePlot } from './line-plot.ts';
import { shortNumber, ticksOf } from './ticks.ts';

const plot = {
  title: 'a < b',
  xLabel: 'x',
  yLabel: 'y',
  series: [
    {
      name: 'one',
      points: [
        [1, 10],
        [100, 20],
      ] as const,
    },
  ],
};
const polyline = (svg: string): number[][] =>
  /points="([^"]+)"/
    .exec(svg)![1]!
    .split(' ')
    .map((pair) => pair.split(',').map(Number));

describe('linePlot', () => {
  it('puts larger values further right and further up, and small ones at the left edge', () => {
    const [first, last] = polyline(linePlot(plot));
    expect(first![0]).toBe(64);
    expect(last![0]).toBe(500);
    expect(last![1]).toBeLessThan(first![1]!);
  });

  it('gives each power of ten the same room on a logarithmic axis', () => {
    const points = [
      [1, 1],
      [10, 1],
      [100, 1],
    ] as const;
    const xs = polyline(linePlot({ ...plot, xLog: true, series: [{ name: 'one', points }] })).map(([x]) => x!);
    expect(xs[1]! - xs[0]!).toBeCloseTo(xs[2]! - xs[1]!, 1);
  });

  it('escapes what stands in titles', () => {
    expect(linePlot(plot)).toContain('a &lt; b');
  });

  it('refuses an empty plot, and 0 on a logarithmic axis', () => {
    expect(() => linePlot({ ...plot, series: [] })).toThrow('nothing to plot');
    expect(() => linePlot({ ...plot, yLog: true, series: [{ name: 'one', points: [[1, 0]] }] })).toThrow(
      'no place for 0',
    );
  });
});

describe('ticks', () => {
  it('are round and within the range', () => {
    expect(ticksOf(0, 10, false)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(ticksOf(1_000, 1_000_000, true)).toEqual([1e3, 1e4, 1e5, 1e6]);
  });

  it('are written short', () => {
    expect([0, 0.25, 1_500, 2e6].map(shortNumber)).toEqual(['0', '0.25', '1.5k', '2M']);
  });
});
