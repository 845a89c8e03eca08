import { parseCombined } from '@vigil/detection/formats/combined';
import { describe, expect, it } from 'vitest';
import { SIMULATE_MODES, generateTraffic, type SimulatedLine, type TrafficOptions } from './generate-traffic.ts';

const START_MS = Date.parse('2026-03-01T12:00:00Z');

function make(options: Partial<TrafficOptions>): SimulatedLine[] {
  return [...generateTraffic({ mode: 'mixed', seed: 1, startMs: START_MS, count: 5_000, ...options })];
}

describe('generateTraffic', () => {
  it('gives the same lines for the same seed and others for another', () => {
    expect(make({ seed: 7 })).toEqual(make({ seed: 7 }));
    expect(make({ seed: 7, count: 1 })[0]).not.toEqual(make({ seed: 8, count: 1 })[0]);
  });

  it.each(SIMULATE_MODES)(
    'writes lines in mode %s that a combined parser takes, with the class that it says',
    (mode) => {
      const lines = make({ mode, attackShare: 0.5, count: 3_000 });
      const parsed = lines.map(({ line }) => parseCombined(line));
      expect(lines.filter((_, at) => parsed[at]?.ok !== true)).toEqual([]);
      const methods = new Set(parsed.map((p) => (p.ok ? p.request.method : p.reason)));
      expect([...methods].sort()).toEqual(['GET', 'POST']);
      const kinds = new Set(lines.map(({ class: kind }) => kind).filter((kind) => kind !== undefined));
      expect(kinds.size).toBe(mode === 'normal' ? 0 : mode === 'mixed' ? 8 : 1);
      expect(kinds.has(mode as 'sqli')).toBe(mode !== 'normal' && mode !== 'mixed');
      expect(lines.some(({ attack }) => attack)).toBe(mode !== 'normal');
    },
  );

  it('has the share of attacks that was asked for', () => {
    const attacks = make({ attackShare: 0.1, count: 20_000 }).filter(({ attack }) => attack).length;
    expect(attacks).toBeGreaterThan(1_800);
    expect(attacks).toBeLessThan(2_200);
  });

  it('keeps its rate in log time, and time never goes back', () => {
    const lines = make({ rate: 100, count: 10_000 });
    const times = lines.map(({ timeMs }) => timeMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const seconds = (times.at(-1)! - START_MS) / 1000;
    expect(10_000 / seconds).toBeGreaterThan(95);
    expect(10_000 / seconds).toBeLessThan(105);
  });

  it('has mostly distinct targets, and visitors whose requests are far from a flood', () => {
    const lines = make({ mode: 'normal', count: 40_000 });
    const requests = lines.map(({ line }) => line.split('"')[1]);
    expect(new Set(requests).size / requests.length).toBeGreaterThan(0.6);
    const perMinute = new Map<string, number>();
    for (const { line, timeMs } of lines) {
      const key = `${line.slice(0, line.indexOf(' '))} ${Math.floor(timeMs / 60_000)}`;
      perMinute.set(key, (perMinute.get(key) ?? 0) + 1);
    }
    expect(Math.max(...perMinute.values())).toBeLessThan(100);
  });

  it('lets referers follow the path that a visitor took', () => {
    const lines = make({ mode: 'normal' }).map(({ line }) => line);
    const visited = new Set(lines.map((line) => `${line.split(' ')[0]} ${line.split('"')[1]?.split(' ')[1]}`));
    const inside = lines.filter((line) => line.split('"')[3]?.startsWith('https://www.example.com') === true);
    expect(inside.length).toBeGreaterThan(1_000);
    for (const line of inside)
      expect(visited).toContain(`${line.split(' ')[0]} ${line.split('"')[3]!.slice('https://www.example.com'.length)}`);
  });
});
