import { shortNumber, ticksOf } from './ticks.ts';

interface Series {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
}

export interface LinePlot {
  title: string;
  xLabel: string;
  yLabel: string;
  /** Values must then be above 0. */
  xLog?: boolean;
  yLog?: boolean;
  series: readonly Series[];
}

const WIDTH = 640;
const HEIGHT = 360;
const PLOT = { left: 64, top: 40, right: 500, bottom: 310 };
/** Okabe and Ito's colours, which the colour-blind can tell apart. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#b8a900'];
/** Labels at the lines' ends are kept this far apart. */
const LABEL_GAP = 14;

/** A line plot as an SVG document of its own, readable on light and dark pages. A linear y axis begins at 0. */
export function linePlot(plot: LinePlot): string {
  const points = plot.series.flatMap((series) => series.points);
  if (points.length === 0) throw new Error(`${plot.title}: there is nothing to plot`);
  const x = axisOf(
    points.map(([value]) => value),
    plot.xLog ?? false,
    PLOT.left,
    PLOT.right,
    false,
  );
  const y = axisOf(
    points.map(([, value]) => value),
    plot.yLog ?? false,
    PLOT.bottom,
    PLOT.top,
    true,
  );
  const labels = spread(plot.series.map(({ points: all }) => y.at(all.at(-1)?.[1] ?? 0)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(PLOT.left, 20, plot.title, 'font-size="14" font-weight="600"'),
    ...x.ticks.flatMap((tick) => [
      line(x.at(tick), PLOT.top, x.at(tick), PLOT.bottom, '#e5e5e5'),
      text(x.at(tick), PLOT.bottom + 16, shortNumber(tick), 'text-anchor="middle"'),
    ]),
    ...y.ticks.flatMap((tick) => [
      line(PLOT.left, y.at(tick), PLOT.right, y.at(tick), '#e5e5e5'),
      text(PLOT.left - 6, y.at(tick) + 4, shortNumber(tick), 'text-anchor="end"'),
    ]),
    line(PLOT.left, PLOT.bottom, PLOT.right, PLOT.bottom, '#555555'),
    line(PLOT.left, PLOT.top, PLOT.left, PLOT.bottom, '#555555'),
    text((PLOT.left + PLOT.right) / 2, HEIGHT - 12, plot.xLabel, 'text-anchor="middle"'),
    text(
      0,
      0,
      plot.yLabel,
      `text-anchor="middle" transform="translate(14 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)"`,
    ),
    ...plot.series.flatMap(({ name, points: all }, index) => {
      const colour = COLOURS[index % COLOURS.length]!;
      const path = all.map(([px, py]) => `${round(x.at(px))},${round(y.at(py))}`).join(' ');
      const dots = all.length > 24 ? [] : all.map(([px, py]) => dot(x.at(px), y.at(py), colour));
      return [
        `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
        ...dots,
        text(PLOT.right + 8, labels[index]! + 4, name, `fill="${colour}"`),
      ];
    }),
    '</svg>',
    '',
  ].join('\n');
}

interface Axis {
  ticks: number[];
  at: (value: number) => number;
}

function axisOf(values: readonly number[], isLog: boolean, from: number, to: number, fromZero: boolean): Axis {
  let [min, max] = [Math.min(...values), Math.max(...values)];
  if (isLog && min <= 0) throw new Error('a logarithmic axis has no place for 0');
  if (!isLog && fromZero) [min, max] = [Math.min(0, min), max * 1.05];
  if (min === max) max = min + 1;
  const scale = isLog ? Math.log10 : (value: number) => value;
  const at = (value: number): number => from + ((scale(value) - scale(min)) / (scale(max) - scale(min))) * (to - from);
  return { ticks: ticksOf(min, max, isLog), at };
}

/** Moves labels apart that would lie on one another, keeping their order. */
function spread(wanted: readonly number[]): number[] {
  const order = wanted.map((at, index) => ({ at, index })).toSorted((a, b) => a.at - b.at);
  const placed: number[] = [];
  let last = -Infinity;
  for (const { at, index } of order) {
    last = Math.max(at, last + LABEL_GAP);
    placed[index] = last;
  }
  const below = Math.max(0, last - PLOT.bottom);
  return placed.map((at) => at - below);
}

function line(x1: number, y1: number, x2: number, y2: number, colour: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${colour}"/>`;
}

function dot(x: number, y: number, colour: string): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="3" fill="${colour}"/>`;
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escapeXml(content)}</text>`;
}

/** Text as it may stand in XML. */
export function escapeXml(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
