import { printable } from '@vigil/shared/text/printable';
import type { Colours } from './alert-line.ts';
import type { LiveTallies, Ranked } from './live-tallies.ts';

const BARS = '▁▂▃▄▅▆▇█';

/** What `GET /stats` adds: how the pipeline does. Undefined where the key may not read. */
export interface PipelineFigures {
  read: number;
  rejected: { total: number };
  dead_lettered: number;
}

export interface TopViewInput {
  url: string;
  /** `live`, or why not. */
  state: string;
  snapshot: ReturnType<LiveTallies['snapshot']>;
  total: number;
  pipeline: PipelineFigures | undefined;
  columns: number;
  rows: number;
}

/** The screen of `vigil top` as lines, none longer than the terminal is wide. */
export function topView(input: TopViewInput, colours: Colours): string[] {
  const { snapshot, columns } = input;
  const lines = [
    `${colours.bold('Vigil')} ${input.url}  ${input.state === 'live' ? colours.green('live') : colours.yellow(printable(input.state))}`,
    `last minute  ${colours.red(`HIGH ${snapshot.high}`)}  ${colours.yellow(`MEDIUM ${snapshot.medium}`)}  ${((snapshot.high + snapshot.medium) / 60).toFixed(1)}/s   since start ${input.total}`,
    colours.dim(sparkline(snapshot.perSecond)),
  ];
  const { pipeline } = input;
  if (pipeline !== undefined) {
    const { read, rejected, dead_lettered: dead } = pipeline;
    lines.push(`last hour    lines ${read}  rejected ${rejected.total}  dead-lettered ${dead}`);
  }
  const free = Math.max(3, input.rows - lines.length - 7);
  const each = Math.max(1, Math.floor(free / 3));
  lines.push(...ranking('CLASS', snapshot.classes, each, columns, colours));
  lines.push(...ranking('SOURCE', snapshot.sources, each, columns, colours));
  lines.push(...ranking('PATH', snapshot.paths, each, columns, colours));
  return lines.slice(0, input.rows);
}

function ranking(title: string, ranked: readonly Ranked[], top: number, columns: number, colours: Colours): string[] {
  const rows = ranked
    .slice(0, top)
    .map(({ name, count }) => `${String(count).padStart(8)}  ${cut(printable(name), columns - 12)}`);
  return ['', colours.bold(`   COUNT  ${title}`), ...rows];
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`;
}

function sparkline(values: readonly number[]): string {
  const max = Math.max(1, ...values);
  return values.map((value) => BARS[Math.round((value / max) * (BARS.length - 1))]).join('');
}
