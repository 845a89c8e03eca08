import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const RESULTS = readFileSync(resolve(ROOT, 'bench/RESULTS.md'), 'utf8');
const SCALING = readFileSync(resolve(ROOT, 'docs/scaling.md'), 'utf8');

/** What is planned for of each process. */
const PLANNED_SHARE = 0.6;
/** Rows of the model, with the processes of the run end to end that each stands for. */
const MODEL = {
  'scorers, together': /^scorer-/,
  Redis: /^redis$/,
  dispatcher: /^dispatcher$/,
  PostgreSQL: /^postgres$/,
  ingestor: /^ingestor$/,
  'gateway, with no one': /^gateway$/,
  NATS: /^nats$/,
};

const measuredUs = rowsBelow(RESULTS, '| process | us a line |').map(([name, us]) => [name!, Number(us)] as const);
const usOf = (row: keyof typeof MODEL): number =>
  measuredUs.filter(([name]) => MODEL[row].test(name)).reduce((sum, [, us]) => sum + us, 0);

describe('docs/scaling.md', () => {
  it('plans with the CPU time of each process that the run end to end measured', () => {
    const planned = rowsBelow(SCALING, '| process ').map(([process, us, , rate]) => [process, us, rate]);
    expect(planned).toEqual(
      (Object.keys(MODEL) as (keyof typeof MODEL)[]).map((row) => [
        row,
        usOf(row).toFixed(1),
        `${Number((PLANNED_SHARE * (1_000 / usOf(row))).toPrecision(2))}k`,
      ]),
    );
  });

  it('derives the cores of a fleet from them', () => {
    const fleets = rowsBelow(SCALING, '| lines/s ');
    const rows = ['scorers, together', 'Redis', 'dispatcher', 'PostgreSQL', 'ingestor'] as const;
    for (const [name, ...cores] of fleets) {
      const rate = Number(name!.slice(0, -1)) * (name!.endsWith('M') ? 1e6 : 1e3);
      expect(cores.map(Number)).toEqual(rows.map((row) => coresFor(rate, usOf(row))));
    }
    expect(fleets).toHaveLength(3);
  });
});

/** Rounded first: 8.4 us a line at a million lines/s are 14 cores and not a bit more. */
function coresFor(rate: number, usPerLine: number): number {
  return Math.ceil(Number(((rate * usPerLine) / 1e6 / PLANNED_SHARE).toFixed(6)));
}

/** Cells of the table whose heading begins so. */
function rowsBelow(text: string, heading: string): string[][] {
  const [, table = ''] = text.split(`\n${heading}`);
  const lines = table.split('\n').slice(2);
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(0, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
