import type { ReactNode } from 'react';
import type { Stats } from '../api/types.ts';
import { withoutValue, withValue, type FilterKey } from '../filter/filter.ts';
import { Failure, Skeleton } from '../parts/states.tsx';
import { navigate, useRoute } from '../routing/route.ts';
import { className, number } from '../text/format.ts';
import { SafeText } from '../text/safe-text.tsx';

interface BreakdownProps {
  stats: Stats | undefined;
  /** Of the zoomed time, where there is one. */
  classes: Stats['by_class'] | undefined;
  /** They are of the range that was looked at before. */
  isOutdated: boolean;
  error: Error | null;
  spoken: string;
  onRetry: () => void;
}

/** Who, what and where: each bar is a filter. */
export function Breakdown({ stats, classes: zoomed, isOutdated, error, spoken, onRetry }: BreakdownProps): ReactNode {
  if (stats === undefined) {
    return (
      <aside className="rail" aria-label="Breakdown">
        <section className="card">
          {error === null ? <Skeleton lines={9} /> : <Failure error={error} onRetry={onRetry} />}
        </section>
      </aside>
    );
  }
  const { by_class: ranged, top_source_ips: sources, top_paths: paths } = stats;
  const classes = zoomed ?? ranged;
  const whole = zoomed === undefined ? '' : `, last ${spoken}`;
  return (
    <aside
      className={isOutdated ? 'rail outdated' : 'rail'}
      aria-label={`Breakdown of the last ${spoken}`}
      aria-busy={isOutdated}
    >
      <Bars
        title="Attack classes"
        field="class"
        items={classes.map((c) => ({ value: c.class, text: className(c.class), events: c.events }))}
      />
      <Bars
        mono
        title={`Top sources${whole}`}
        field="source_ip"
        items={sources.map((s) => ({ value: s.source_ip, text: s.source_ip, events: s.events }))}
      />
      <Bars
        mono
        title={`Top paths${whole}`}
        field="path"
        items={paths.map((p) => ({ value: p.path, text: p.path, events: p.events }))}
      />
    </aside>
  );
}

interface BarsProps {
  title: string;
  field: FilterKey;
  items: readonly { value: string; text: string; events: number }[];
  mono?: boolean;
}

function Bars({ title, field, items, mono = false }: BarsProps): ReactNode {
  const { filter } = useRoute();
  const most = Math.max(1, ...items.map((item) => item.events));
  return (
    <section className="card bars">
      <header className="card-head">
        <h2>{title}</h2>
      </header>
      {items.length === 0 && <p className="faint bars-none">None in this range</p>}
      <ul>
        {items.map(({ value, text, events }) => {
          const on = filter[field]?.includes(value) ?? false;
          const next = on ? withoutValue(filter, field, value) : withValue(filter, field, value);
          return (
            <li key={value}>
              <button type="button" className="bar" aria-pressed={on} onClick={() => navigate({ filter: next })}>
                <span className={mono ? 'bar-text mono' : 'bar-text'}>
                  <SafeText text={text === '' ? '(empty)' : text} />
                </span>
                <span className="bar-count">{number(events)}</span>
                <span className="bar-track" aria-hidden="true">
                  <span className="bar-fill" style={{ width: `${(events / most) * 100}%` }} />
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
