import { printable } from '@vigil/shared/text/printable';
import type { Colours } from './alert-line.ts';
import { WINDOW_SECONDS, type LiveTallies, type Ranked } from './live-tallies.ts';

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

type Span = readonly [text: string, colour?: (text: string) => string];

/** The screen of `vigil top` as lines, none longer than the terminal is wide: one that wraps would push the rest off the screen. */
export function topView(input: TopViewInput, colours: Colours): string[] {
  const { snapshot, columns, rows } = input;
  const perSecond = ((snapshot.high + snapshot.medium) / WINDOW_SECONDS).toFixed(1);
  const lines: Span[][] = [
    [
      // Before the address, which a narrow terminal cuts.
      ['Vigil ', colours.bold],
      [printable(input.state), input.state === 'live' ? colours.green : colours.yellow],
      [`  ${input.url}`],
    ],
    [
      ['1 min   '],
      [`HIGH ${snapshot.high}`, colours.red],
      ['  '],
      [`MEDIUM ${snapshot.medium}`, colours.yellow],
      [`  ${perSecond}/s   since start ${input.total}`],
    ],
    // What is newest stands at its end, so that a narrow terminal loses what is oldest.
    [[sparkline(snapshot.perSecond.slice(-columns)), colours.dim]],
  ];
  const { pipeline } = input;
  if (pipeline !== undefined) {
    const { read, rejected, dead_lettered: dead } = pipeline;
    lines.push([[`1 hour  dead ${dead}  rejected ${rejected.total}  lines ${read}`]]);
  }
  const each = Math.max(1, Math.floor((rows - lines.length) / 3) - RANKING_HEAD_ROWS);
  lines.push(...ranking('CLASS', snapshot.classes, each, colours));
  lines.push(...ranking('SOURCE', snapshot.sources, each, colours));
  lines.push(...ranking('PATH', snapshot.paths, each, colours));
  return lines.slice(0, rows).map((line) => fitted(line, columns));
}

/** The lines of a ranking before its first entry. */
const RANKING_HEAD_ROWS = 2;

function ranking(title: string, ranked: readonly Ranked[], top: number, colours: Colours): Span[][] {
  const rows = ranked
    .slice(0, top)
    .map(({ name, count }): Span[] => [[`${String(count).padStart(8)}  ${printable(name)}`]]);
  return [[], [[`   COUNT  ${title}`, colours.bold]], ...rows];
}

/** The line up to the terminal's edge; colours take no room there. */
function fitted(line: readonly Span[], columns: number): string {
  let left = columns;
  let text = '';
  for (const [span, colour] of line) {
    const shown = span.length <= left ? span : `${span.slice(0, Math.max(0, left - 1))}${left > 0 ? '…' : ''}`;
    left -= shown.length;
    text += colour === undefined ? shown : colour(shown);
  }
  return text;
}

function sparkline(values: readonly number[]): string {
  const max = Math.max(1, ...values);
  return values.map((value) => BARS[Math.round((value / max) * (BARS.length - 1))]).join('');
}
