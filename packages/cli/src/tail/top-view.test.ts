import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';
import { expect, it } from 'vitest';
import { LiveTallies } from './live-tallies.ts';
import { topView } from './top-view.ts';

const NOW_MS = Date.UTC(2026, 10, 26);

function view(columns: number, rows: number): string[] {
  const tallies = new LiveTallies();
  const alert = { severity: 'HIGH', classes: ['SQL_INJECTION'], source_ip: '203.0.113.9' } as const;
  for (let i = 0; i < 30; i += 1)
    tallies.add({ ...alert, request_path: `/${String(i).padStart(300, 'x')}` } as never, NOW_MS);
  return topView(
    {
      url: 'https://vigil.example.org/behind/a/proxy',
      state: 'connect ECONNREFUSED 203.0.113.77:443',
      snapshot: tallies.snapshot(NOW_MS, 50),
      total: 123_456,
      pipeline: { read: 123_456_789, rejected: { total: 12_345 }, dead_lettered: 12 },
      columns,
      rows,
    },
    pc.createColors(true),
  );
}

it.each([
  [1, 1],
  [5, 3],
  [20, 5],
  [40, 10],
  [80, 24],
  [300, 100],
])('fits a terminal of %i columns and %i rows', (columns, rows) => {
  const lines = view(columns, rows).map(stripVTControlCharacters);
  expect(lines.length).toBeLessThanOrEqual(rows);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
});

it('cuts nothing that there is room for', () => {
  const text = stripVTControlCharacters(view(100, 30).join('\n'));
  expect(text).toContain('Vigil connect ECONNREFUSED 203.0.113.77:443  https://vigil.example.org/behind/a/proxy\n');
  expect(text).toContain('1 min   HIGH 30  MEDIUM 0  0.5/s   since start 123456\n');
  expect(text).toContain('      30  203.0.113.9\n');
});

it('says in 30 columns whether it listens, what came and what nobody could read', () => {
  const lines = topView(
    {
      url: 'http://127.0.0.1:8080',
      state: 'live',
      snapshot: { ...new LiveTallies().snapshot(NOW_MS, 50), high: 12_345, medium: 123 },
      total: 12_468,
      pipeline: { read: 123_456, rejected: { total: 12 }, dead_lettered: 3 },
      columns: 30,
      rows: 12,
    },
    pc.createColors(false),
  );
  expect(lines[0]).toMatch(/^Vigil live {2}http/);
  expect(lines[1]).toMatch(/^1 min {3}HIGH 12345 {2}MEDIUM 123/);
  expect(lines[3]).toMatch(/^1 hour {2}dead 3 {2}rejected 12/);
});

it('shows the newest seconds where there is no room for all, and as many of each ranking as there is', () => {
  const tallies = new LiveTallies();
  for (let i = 0; i < 9; i += 1) {
    const alert = { severity: 'HIGH', classes: [`C${i}`], source_ip: `203.0.113.${i}`, request_path: `/${i}` };
    tallies.add(alert as never, NOW_MS);
  }
  const input = { url: 'http://vigil', state: 'live', total: 9, pipeline: undefined, columns: 20, rows: 15 };
  const lines = topView({ ...input, snapshot: tallies.snapshot(NOW_MS, 50) }, pc.createColors(false));
  expect(lines[2]).toMatch(/^▁{19}█$/);
  expect(lines).toHaveLength(15);
  expect(lines.filter((line) => /^ +1 {2}/.test(line))).toHaveLength(6);
});

it('gives each ranking its share of a small screen, and says in green only that all is well', () => {
  const tallies = new LiveTallies();
  for (let i = 0; i < 9; i += 1) {
    const alert = { severity: 'HIGH', classes: [`C${i}`], source_ip: `203.0.113.${i}`, request_path: `/${i}` };
    tallies.add(alert as never, NOW_MS);
  }
  const input = { url: 'http://vigil', total: 9, pipeline: undefined, columns: 40, rows: 12 };
  const shown = (state: string) =>
    topView({ ...input, state, snapshot: tallies.snapshot(NOW_MS, 50) }, pc.createColors(true));
  expect(shown('live').map(stripVTControlCharacters).slice(3)).toEqual(
    ['CLASS', 'SOURCE', 'PATH'].flatMap((title) => ['', `   COUNT  ${title}`, expect.stringMatching(/^ {7}1 /)]),
  );
  expect(shown('live')[0]).toContain(pc.createColors(true).green('live'));
  expect(shown('away')[0]).toContain(pc.createColors(true).yellow('away'));
});
