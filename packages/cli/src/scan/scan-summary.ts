import pc from 'picocolors';
import { printable } from '@vigil/shared/text/printable';
import type { ScannedLine } from './scan-input.ts';

const TOP = 10;
/** Classes that are named of what one source did, or of what was done to one path. */
const TOP_CLASSES = 3;

const NO_REQUESTS =
  "No line is a request in a format that is known. Name the format with --format: nginx's log_format or Apache's LogFormat, as it stands in its configuration.";

/** Most distinct addresses and paths that are counted by themselves; a scan of any log stays within bounds. */
const KEYS_MAX = 100_000;

/** Events of each class. */
type Tally = Map<string, number>;

/** Counts what a scan found and says it in a way that fits a terminal. */
export class ScanSummary {
  lines = 0;
  readonly severities = { HIGH: 0, MEDIUM: 0, LOW: 0 };
  readonly rejected = new Map<string, number>();
  readonly classes: Tally = new Map();
  readonly sources = new Map<string, Tally>();
  readonly paths = new Map<string, Tally>();

  add(line: ScannedLine): void {
    this.lines += 1;
    if (line.rejected !== undefined) {
      count(this.rejected, line.rejected);
      return;
    }
    this.severities[line.severity] += 1;
    if (line.severity === 'LOW') return;
    // The strongest stands for the event, as in all counts.
    const name = line.classes[0] ?? 'UNCLASSIFIED';
    count(this.classes, name);
    tally(this.sources, line.source_ip, name);
    tally(this.paths, line.path, name);
  }

  /** @param seconds time that the scan took */
  text(seconds: number): string {
    const { HIGH, MEDIUM, LOW } = this.severities;
    const share = (n: number) => `${((100 * n) / Math.max(this.lines, 1)).toFixed(2).padStart(6)} %`;
    const row = (name: string, n: number, colour: (text: string) => string = (text) => text) =>
      `  ${colour(name.padEnd(24))} ${String(n).padStart(10)}  ${share(n)}`;
    const rejectedTotal = total(this.rejected);
    return [
      `${this.lines.toLocaleString('en')} ${this.lines === 1 ? 'line' : 'lines'} in ${seconds.toFixed(1)} s (${Math.round(this.lines / Math.max(seconds, 0.001)).toLocaleString('en')} lines/s)`,
      '',
      row('HIGH', HIGH, pc.red),
      row('MEDIUM', MEDIUM, pc.yellow),
      row('LOW', LOW),
      row('rejected', rejectedTotal),
      ...[...this.rejected].map(([reason, n]) => row(`  ${reason}`, n, pc.dim)),
      ...(this.lines > 0 && this.rejected.get('unparsable') === this.lines ? ['', NO_REQUESTS] : []),
      ...ranking('Classes', [...this.classes]),
      ...ranking('Sources', totals(this.sources), this.sources),
      ...ranking('Paths', totals(this.paths), this.paths),
    ].join('\n');
  }
}

function count(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}

function tally(map: Map<string, Tally>, key: string, name: string): void {
  let known = map.get(key);
  if (known === undefined) {
    if (map.size >= KEYS_MAX) return;
    known = new Map();
    map.set(key, known);
  }
  count(known, name);
}

function totals(map: ReadonlyMap<string, Tally>): [string, number][] {
  return [...map].map(([key, classes]) => [key, total(classes)]);
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, n) => sum + n, 0);
}

function ranking(title: string, counts: readonly [string, number][], tallies?: ReadonlyMap<string, Tally>): string[] {
  if (counts.length === 0) return [];
  const rows = ranked(counts, TOP).map(([key, n]) => {
    const classes = ranked([...(tallies?.get(key) ?? [])], TOP_CLASSES).map(([name, of]) => `${name} ${of}`);
    const what = classes.length === 0 ? '' : `  ${pc.dim(printable(classes.join(', ')))}`;
    return `  ${String(n).padStart(10)}  ${printable(key.slice(0, 120))}${what}`;
  });
  return ['', pc.bold(title), ...rows];
}

function ranked(counts: readonly [string, number][], most: number): [string, number][] {
  return counts.toSorted((a, b) => b[1] - a[1]).slice(0, most);
}
