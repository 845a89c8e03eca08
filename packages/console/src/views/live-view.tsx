import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useGateway } from '../api/gateway-context.ts';
import { statsQuery } from '../api/queries.ts';
import { timelineQuery } from '../api/timeline.ts';
import { isEmpty, type Filter } from '../filter/filter.ts';
import { FilterBar } from '../parts/filter-bar.tsx';
import { RangePicker } from '../parts/range-picker.tsx';
import { Failure } from '../parts/states.tsx';
import { TimelineChart } from '../parts/timeline-chart.tsx';
import { navigate, SPOKEN, useRoute } from '../routing/route.ts';
import { noun, number } from '../text/format.ts';
import { Breakdown } from './breakdown.tsx';
import { FeedPanel } from './feed-panel.tsx';

/** What happens now, over a picture of what happened. */
export function LiveView(): ReactNode {
  const gateway = useGateway();
  const route = useRoute();
  const { range, zoom, filter } = route;
  const stats = useQuery(statsQuery(gateway, range));
  const timeline = useQuery(timelineQuery(gateway, route));
  const totals = timeline.data?.totals;
  const total = totals === undefined ? undefined : totals.HIGH + totals.MEDIUM;
  return (
    <>
      <h1 className="visually-hidden">Live alerts</h1>
      <FilterBar />
      <section
        className={timeline.isPlaceholderData ? 'card overview outdated' : 'card overview'}
        aria-label="Overview"
        aria-busy={timeline.isPlaceholderData}
      >
        <div className="totals">
          <div className="total">
            <span className="total-label">{zoom === undefined ? `Last ${SPOKEN[range]}` : 'Zoomed time'}</span>
            <span className="total-figure">{total === undefined ? '–' : number(total)}</span>
            <span className="total-unit">{unitOf(filter, total)}</span>
          </div>
          <div className="total-split">
            <Severity name="HIGH" count={totals?.HIGH} of={total} />
            <Severity name="MEDIUM" count={totals?.MEDIUM} of={total} />
          </div>
        </div>
        <div className="overview-chart">
          <RangePicker
            picked={zoom === undefined ? range : undefined}
            onPick={(next) => navigate({ range: next, zoom: undefined })}
          />
          {timeline.data !== undefined && (
            <TimelineChart timeline={timeline.data} onZoom={(next) => navigate({ zoom: next })} />
          )}
          {timeline.data === undefined && timeline.error === null && <div className="chart chart-loading" />}
          {timeline.data === undefined && timeline.error !== null && (
            <Failure error={timeline.error} onRetry={() => void timeline.refetch()} />
          )}
        </div>
      </section>
      <div className="columns">
        <FeedPanel />
        <Breakdown
          stats={stats.data}
          classes={zoom === undefined ? undefined : timeline.data?.classes}
          isOutdated={stats.isPlaceholderData}
          error={stats.error}
          spoken={SPOKEN[range]}
          onRetry={() => void stats.refetch()}
        />
      </div>
    </>
  );
}

/** Counts over time are kept by class and severity alone; where the filter says more, the figure must say that it does not. */
function unitOf(filter: Filter, total: number | undefined): string {
  const { class: classes, severity: _s, min_severity: _m, ...others } = filter;
  const events = noun(total ?? 0, 'event');
  if (isEmpty(others)) return events;
  return `${events}${classes === undefined ? ', whatever the filter' : ' of these classes'}`;
}

function Severity({
  name,
  count,
  of,
}: {
  name: 'HIGH' | 'MEDIUM';
  count: number | undefined;
  of: number | undefined;
}): ReactNode {
  const { filter } = useRoute();
  const on = filter.severity?.[0] === name;
  const { severity: _s, min_severity: _m, ...rest } = filter;
  return (
    <button
      type="button"
      className={`severity-total severity-${name}`}
      aria-pressed={on}
      title={on ? 'Show every severity' : `Show ${name} only`}
      onClick={() => navigate({ filter: on ? rest : { ...rest, severity: [name] } })}
    >
      <span className={`swatch swatch-${name}`} aria-hidden="true" />
      <span>{name === 'HIGH' ? 'High' : 'Medium'}</span>
      <b>{count === undefined ? '–' : number(count)}</b>
      <progress className="meter" max={Math.max(1, of ?? 1)} value={count ?? 0} aria-hidden="true" />
    </button>
  );
}
