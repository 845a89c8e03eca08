import type { MouseEvent, ReactNode } from 'react';
import type { Verdict } from '../api/types.ts';
import { withValue, type FilterKey } from '../filter/filter.ts';
import { RouteLink } from '../parts/route-link.tsx';
import { ScoreMark } from '../parts/severity.tsx';
import { currentRoute, navigate } from '../routing/route.ts';
import type { FeedRow } from '../stream/feed-context.ts';
import { className, dayIfNotToday, timeOfDay } from '../text/format.ts';
import { SafeText } from '../text/safe-text.tsx';
import { visibleString } from '../text/visible-text.ts';

interface FeedRowItemProps {
  row: FeedRow;
  verdict: Verdict | null;
  now: number;
  selected: boolean;
  onSelect: () => void;
}

/** One event. The whole row leads to its page; address and class filter by themselves for those with a pointer. */
export function FeedRowItem({ row, verdict, now, selected, onSelect }: FeedRowItemProps): ReactNode {
  const ms = Date.parse(row.timestamp);
  const [first = '', ...more] = row.classes;
  const day = dayIfNotToday(ms, now);
  return (
    <div className={`row row-${row.severity}${selected ? ' row-selected' : ''}`} onFocus={onSelect}>
      <span className="row-main">
        <RouteLink className="row-link" to={{ event: row.id }} label={spoken(row)}>
          <time dateTime={row.timestamp} title={row.timestamp}>
            {day !== '' && <span className="row-day">{day} </span>}
            {timeOfDay(ms)}
          </time>
        </RouteLink>
      </span>
      <span className="row-score">
        <ScoreMark severity={row.severity} score={row.threat_score} />
      </span>
      <span className="row-class">
        <FilterOn field="class" value={first} text={className(first)} />
        {more.length > 0 && (
          <span className="row-more" title={more.map(className).join(', ')}>
            +{more.length}
          </span>
        )}
      </span>
      <span className="row-ip mono">
        <FilterOn field="source_ip" value={row.source_ip} text={row.source_ip} />
      </span>
      <span className="row-path mono" title={visibleString(row.request_path)}>
        <span className="row-method">
          <SafeText text={row.request_method} />
        </span>{' '}
        <SafeText text={row.request_path} />
      </span>
      <span className="row-verdict">
        {verdict !== null && (
          <span className={`verdict verdict-${verdict}`}>{verdict === 'true_positive' ? 'confirmed' : 'false'}</span>
        )}
      </span>
    </div>
  );
}

function FilterOn({ field, value, text }: { field: FilterKey; value: string; text: string }): ReactNode {
  const filter = (event: MouseEvent): void => {
    event.preventDefault();
    navigate({ filter: withValue(currentRoute().filter, field, value) });
  };
  return (
    // The filter box does the same from the keyboard; two more stops in every row would only be in the way.
    <button type="button" className="cell-filter" tabIndex={-1} title={`Only ${visibleString(text)}`} onClick={filter}>
      <SafeText text={text} />
    </button>
  );
}

function spoken(row: FeedRow): string {
  const what = row.classes.map(className).join(', ');
  const path = visibleString(row.request_path.slice(0, 120));
  return `${row.severity} ${what} from ${visibleString(row.source_ip)} on ${path}, ${timeOfDay(Date.parse(row.timestamp))}`;
}
