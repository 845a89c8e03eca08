import uPlot from 'uplot';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { gatewayNow } from '../api/gateway-clock.ts';
import type { Timeline } from '../api/timeline.ts';
import { useShownTheme } from '../theme/theme.ts';
import { dayIfNotToday, momentShort, noun, number } from '../text/format.ts';
import { chartOptions } from './timeline-options.ts';

interface TimelineChartProps {
  timeline: Timeline;
  onZoom: (zoom: { sinceMs: number; untilMs: number }) => void;
}

/** Events over time, MEDIUM on HIGH. Drag over a part to zoom into it; with the keyboard: arrows, Home and End choose a bar, Enter zooms. */
export function TimelineChart({ timeline, onZoom }: TimelineChartProps): ReactNode {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const latest = useRef({ timeline, onZoom });
  const [at, setAt] = useState<number | undefined>();
  const theme = useShownTheme();
  useEffect(() => {
    latest.current = { timeline, onZoom };
  });

  useEffect(() => {
    const element = holder.current;
    if (element === null) return undefined;
    const made = new uPlot(
      chartOptions(element, {
        bucketSeconds: () => latest.current.timeline.bucketSeconds,
        onCursor: setAt,
        onSelect: (fromSeconds, toSeconds) => {
          const step = latest.current.timeline.bucketSeconds;
          const sinceMs = Math.floor(fromSeconds / step) * step * 1_000;
          const untilMs = Math.ceil(toSeconds / step) * step * 1_000;
          if (untilMs > sinceMs) latest.current.onZoom({ sinceMs, untilMs });
        },
      }),
      dataOf(latest.current.timeline),
      element,
    );
    chart.current = made;
    // A canvas does not draw again by itself when a font arrives.
    void document.fonts.ready.then(() => chart.current?.redraw());
    const sizes = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: element.clientHeight }));
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      made.destroy();
      chart.current = undefined;
    };
  }, [theme]);

  useEffect(() => {
    chart.current?.setData(dataOf(timeline));
  }, [timeline]);

  const total = timeline.high.reduce((sum, n) => sum + n, 0) + timeline.medium.reduce((sum, n) => sum + n, 0);
  const step = (by: number): void => {
    const next = Math.min(timeline.starts.length - 1, Math.max(0, (at ?? timeline.starts.length) + by));
    setAt(next);
    const plot = chart.current;
    if (plot !== undefined) plot.setCursor({ left: plot.valToPos(timeline.starts[next] ?? 0, 'x'), top: 0 }, false);
  };
  const zoomAt = (): void => {
    const start = at === undefined ? undefined : timeline.starts[at];
    if (start !== undefined) onZoom({ sinceMs: start * 1_000, untilMs: (start + timeline.bucketSeconds) * 1_000 });
  };
  return (
    <div
      className="chart"
      role="slider"
      tabIndex={0}
      aria-label="Events over time"
      aria-valuemin={0}
      aria-valuemax={timeline.starts.length - 1}
      aria-valuenow={at ?? timeline.starts.length - 1}
      aria-valuetext={at === undefined ? `${number(total)} ${noun(total, 'event')} in all` : tooltipText(timeline, at)}
      onBlur={() => setAt(undefined)}
      onKeyDown={(event) => {
        if (event.key === 'ArrowLeft') step(-1);
        else if (event.key === 'ArrowRight') step(1);
        else if (event.key === 'Home') step(-Infinity);
        else if (event.key === 'End') step(Infinity);
        else if (event.key === 'Enter') zoomAt();
        else return;
        event.preventDefault();
      }}
    >
      <div ref={holder} className="chart-canvas" />
      {at !== undefined && <Tooltip timeline={timeline} at={at} plot={chart.current} />}
      {total === 0 && <p className="chart-empty">No events in this range</p>}
    </div>
  );
}

function Tooltip({ timeline, at, plot }: { timeline: Timeline; at: number; plot: uPlot | undefined }): ReactNode {
  const start = timeline.starts[at];
  if (start === undefined || plot === undefined) return null;
  const left = plot.valToPos(start + timeline.bucketSeconds / 2, 'x') + plot.bbox.left / devicePixelRatio;
  const width = plot.width;
  const style = left > width / 2 ? { right: width - left + 12 } : { left: left + 12 };
  return (
    <div className="tooltip" style={style} aria-hidden="true">
      <div className="tooltip-title">{whenText(timeline, start)}</div>
      <div className="tooltip-row">
        <span className="swatch swatch-HIGH" /> High <b>{number(timeline.high[at] ?? 0)}</b>
      </div>
      <div className="tooltip-row">
        <span className="swatch swatch-MEDIUM" /> Medium <b>{number(timeline.medium[at] ?? 0)}</b>
      </div>
    </div>
  );
}

function whenText(timeline: Timeline, start: number): string {
  const [from, to] = [start * 1_000, (start + timeline.bucketSeconds) * 1_000];
  const day = dayIfNotToday(from, gatewayNow());
  return `${day === '' ? '' : `${day}, `}${momentShort(from, from)} – ${momentShort(to, to)}`;
}

function tooltipText(timeline: Timeline, at: number): string {
  const start = timeline.starts[at] ?? 0;
  return `${whenText(timeline, start)}: ${timeline.high[at] ?? 0} high, ${timeline.medium[at] ?? 0} medium`;
}

/** Drawn over one another: all of them, then those that are HIGH. */
function dataOf(timeline: Timeline): uPlot.AlignedData {
  const all = timeline.high.map((high, i) => high + (timeline.medium[i] ?? 0));
  const centres = timeline.starts.map((start) => start + timeline.bucketSeconds / 2);
  return [centres, all, timeline.high];
}
