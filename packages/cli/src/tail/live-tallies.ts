import type { Alert } from '@vigil/client';

/** Seconds that rates and rankings look back. */
export const WINDOW_SECONDS = 60;
/** Names kept per ranking and second: an attack from a million addresses must not fill the memory. */
const NAMES_MAX = 1_000;

interface Second {
  second: number;
  high: number;
  medium: number;
  classes: Map<string, number>;
  sources: Map<string, number>;
  paths: Map<string, number>;
}

export interface Ranked {
  name: string;
  count: number;
}

/** What came in the last minute, second by second. Pure: the caller says what time it is. */
export class LiveTallies {
  #seconds: Second[] = [];
  total = 0;

  add(alert: Alert, nowMs: number): void {
    const second = this.#secondAt(nowMs);
    this.total += 1;
    if (alert.severity === 'HIGH') second.high += 1;
    else second.medium += 1;
    // The strongest stands for the event, as in all counts.
    count(second.classes, alert.classes[0] ?? 'UNCLASSIFIED');
    count(second.sources, alert.source_ip);
    count(second.paths, alert.request_path);
  }

  snapshot(nowMs: number, top: number) {
    this.#forget(nowMs);
    const sum = (of: (second: Second) => number): number => this.#seconds.reduce((all, second) => all + of(second), 0);
    const rank = (of: (second: Second) => Map<string, number>): Ranked[] => ranked(this.#seconds.map(of), top);
    const nowSecond = Math.floor(nowMs / 1_000);
    const perSecond = Array.from({ length: WINDOW_SECONDS }, (_, index) => {
      const second = this.#seconds.find((each) => each.second === nowSecond - WINDOW_SECONDS + 1 + index);
      return second === undefined ? 0 : second.high + second.medium;
    });
    return {
      high: sum((second) => second.high),
      medium: sum((second) => second.medium),
      perSecond,
      classes: rank((second) => second.classes),
      sources: rank((second) => second.sources),
      paths: rank((second) => second.paths),
    };
  }

  #secondAt(nowMs: number): Second {
    const second = Math.floor(nowMs / 1_000);
    let last = this.#seconds.at(-1);
    if (last?.second !== second) {
      last = { second, high: 0, medium: 0, classes: new Map(), sources: new Map(), paths: new Map() };
      this.#seconds.push(last);
      this.#forget(nowMs);
    }
    return last;
  }

  #forget(nowMs: number): void {
    const oldest = Math.floor(nowMs / 1_000) - WINDOW_SECONDS;
    this.#seconds = this.#seconds.filter(({ second }) => second > oldest);
  }
}

function count(counts: Map<string, number>, name: string): void {
  if (counts.has(name) || counts.size < NAMES_MAX) counts.set(name, (counts.get(name) ?? 0) + 1);
}

function ranked(maps: readonly Map<string, number>[], top: number): Ranked[] {
  const sums = new Map<string, number>();
  for (const map of maps) for (const [name, n] of map) sums.set(name, (sums.get(name) ?? 0) + n);
  const ordered = [...sums].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return ordered.slice(0, top).map(([name, n]) => ({ name, count: n }));
}
