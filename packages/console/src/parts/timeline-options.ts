import uPlot from 'uplot';
import { momentShort, shortNumber } from '../text/format.ts';

interface ChartHooks {
  bucketSeconds: () => number;
  /** Index of the bar under the pointer. */
  onCursor: (at: number | undefined) => void;
  /** Epoch seconds. */
  onSelect: (from: number, to: number) => void;
}

const SELECT_PX_MIN = 6;

/** The chart's look. A canvas does not know the style sheet's colours: they are read from the element once. */
export function chartOptions(element: HTMLElement, hooks: ChartHooks): uPlot.Options {
  const colour = (name: string): string => resolveColour(element, name);
  const [high, medium, grid, label] = ['--high-fill', '--medium-fill', '--grid', '--muted'].map(colour);
  const font = `11px ${getComputedStyle(element).fontFamily}`;
  // Reading a bar over a drag that is under way would only flicker.
  const bars = uPlot.paths.bars?.({ size: [0.82, 40], radius: 0.12, gap: 0 });
  const series = (fill: string | undefined): uPlot.Series => ({
    fill: fill ?? '',
    stroke: 'transparent',
    width: 0,
    points: { show: false },
    ...(bars === undefined ? {} : { paths: bars }),
  });
  const axis = { stroke: label ?? '', font, ticks: { show: false } };
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    padding: [8, 22, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false, dist: SELECT_PX_MIN },
      bind: { dblclick: () => null },
    },
    scales: {
      x: {
        time: true,
        range: (_plot, min, max) => [min - hooks.bucketSeconds() / 2, max + hooks.bucketSeconds() / 2],
      },
      y: { range: (_plot, _min, max) => [0, Math.max(4, Math.ceil(max * 1.1))] },
    },
    axes: [
      {
        ...axis,
        size: 26,
        space: 84,
        grid: { show: false },
        values: (plot, splits) => axisTimes(plot, splits),
      },
      {
        ...axis,
        size: 44,
        space: 36,
        grid: { stroke: grid ?? '', width: 1 },
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6],
        values: (_plot, splits) => splits.map(shortNumber),
      },
    ],
    series: [{}, series(medium), series(high)],
    hooks: {
      setCursor: [(plot) => hooks.onCursor(plot.cursor.idx ?? undefined)],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < SELECT_PX_MIN) return;
          hooks.onSelect(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

/** Days alone where a step is a day; times otherwise, with the day where it is another one than the last label's. */
function axisTimes(plot: uPlot, splits: readonly number[]): string[] {
  const step = (splits[1] ?? 0) - (splits[0] ?? 0);
  const span = (plot.scales['x']?.max ?? 0) - (plot.scales['x']?.min ?? 0);
  return splits.map((seconds) => {
    const text = momentShort(seconds * 1_000, seconds * 1_000);
    const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' }).format(seconds * 1_000);
    if (step >= 86_400) return date;
    return span > 86_400 && text === '00:00' ? date : text;
  });
}

/** Custom properties may be `light-dark(…)`; a real property of a real element is resolved. */
function resolveColour(element: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
