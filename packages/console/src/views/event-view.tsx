import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useGateway } from '../api/gateway-context.ts';
import { threatQuery } from '../api/queries.ts';
import type { ThreatDetail } from '../api/types.ts';
import { BackIcon, DownIcon, UpIcon } from '../parts/icons.tsx';
import { RouteLink } from '../parts/route-link.tsx';
import { SeverityBadge } from '../parts/severity.tsx';
import { Failure, Skeleton } from '../parts/states.tsx';
import { useKeyHint } from '../parts/shortcuts.ts';
import { useKeys } from '../parts/use-keys.ts';
import { useNow } from '../parts/use-now.ts';
import { navigate, navigateBack } from '../routing/route.ts';
import { useFeed } from '../stream/feed-context.ts';
import { ago, className, dayIfNotToday, score, timeWithZone } from '../text/format.ts';
import { SafeText } from '../text/safe-text.tsx';
import { LineEvidence } from './line-evidence.tsx';
import { MatchList } from './match-list.tsx';
import { RequestFacts } from './request-facts.tsx';
import { ReviewPanel } from './review-panel.tsx';
import { ScoreWaterfall } from './score-waterfall.tsx';
import { rememberSelection } from './selection.ts';
import { SourcePanel } from './source-panel.tsx';

/** One event: what was logged, why it alerted, who did it, what to make of it. */
export function EventView({ id }: { id: string }): ReactNode {
  const gateway = useGateway();
  const event = useQuery(threatQuery(gateway, id));
  const { rows } = useFeed();
  const hint = useKeyHint();
  const at = rows.findIndex((row) => row.id === id);
  const go = (by: number): void => {
    const next = at === -1 ? undefined : rows[at + by];
    if (next === undefined) return;
    rememberSelection(next.id);
    navigate({ event: next.id }, { replace: true });
  };
  const back = (): void => navigateBack({ event: undefined });
  useKeys({ j: () => go(1), ArrowRight: () => go(1), k: () => go(-1), ArrowLeft: () => go(-1), Escape: back });
  return (
    <article className="event">
      <div className="event-nav">
        <RouteLink className="back" to={{ event: undefined }} back>
          <BackIcon /> Feed
        </RouteLink>
        {at !== -1 && (
          <div className="event-steps">
            <button
              type="button"
              className="icon-button"
              disabled={at === 0}
              onClick={() => go(-1)}
              aria-label="Newer event"
              title={hint('Newer', 'k')}
            >
              <UpIcon />
            </button>
            <button
              type="button"
              className="icon-button"
              disabled={at >= rows.length - 1}
              onClick={() => go(1)}
              aria-label="Older event"
              title={hint('Older', 'j')}
            >
              <DownIcon />
            </button>
          </div>
        )}
      </div>
      {event.data !== undefined && <EventBody event={event.data} />}
      {event.data === undefined && event.error === null && <Skeleton lines={12} />}
      {event.data === undefined && event.error !== null && (
        <Failure error={event.error} onRetry={() => void event.refetch()} />
      )}
    </article>
  );
}

function EventBody({ event }: { event: ThreatDetail }): ReactNode {
  const [focused, setFocused] = useState<number>();
  const now = useNow(5_000);
  const ms = Date.parse(event.timestamp);
  const day = dayIfNotToday(ms, now);
  return (
    <>
      <header className="event-head">
        <div className={`event-score severity-${event.severity}`}>
          <span className="event-score-figure">{score(event.threat_score)}</span>
          <SeverityBadge severity={event.severity} />
        </div>
        <div className="event-title">
          <div className="event-classes">
            <h1>{className(event.classes[0] ?? 'Event')}</h1>
            {event.classes.slice(1).map((name) => (
              <span key={name} className="tag">
                {className(name)}
              </span>
            ))}
          </div>
          <p className="event-target mono">
            <span className="faint">
              <SafeText text={event.request_method} />
            </span>{' '}
            <SafeText text={event.request_path} />
          </p>
          <p className="muted">
            <span className="mono">
              <SafeText text={event.source_ip} />
            </span>{' '}
            ·{' '}
            <time dateTime={event.timestamp} title={event.timestamp}>
              {day === '' ? '' : `${day}, `}
              {timeWithZone(ms)} · {ago(ms, now)}
            </time>{' '}
            · <SafeText text={event.source} />
          </p>
        </div>
      </header>
      <div className="event-columns">
        <div className="event-main">
          <LineEvidence event={event} focused={focused} onFocus={setFocused} />
          <MatchList matches={event.matches} focused={focused} onFocus={setFocused} />
          <RequestFacts event={event} />
        </div>
        <div className="event-side">
          <ScoreWaterfall event={event} />
          <ReviewPanel event={event} />
          <SourcePanel event={event} />
        </div>
      </div>
    </>
  );
}
