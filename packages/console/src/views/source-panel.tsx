import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { gatewayNow } from '../api/gateway-clock.ts';
import { useGateway } from '../api/gateway-context.ts';
import { sourceQuery } from '../api/queries.ts';
import type { Source, ThreatDetail } from '../api/types.ts';
import { RouteLink } from '../parts/route-link.tsx';
import { ScoreMark } from '../parts/severity.tsx';
import { Failure, Skeleton } from '../parts/states.tsx';
import { ago, className, noun, number } from '../text/format.ts';
import { SafeText } from '../text/safe-text.tsx';
import { windowFigures } from './window-figures.ts';

/** What this address did: in the minutes before the request, and before that. */
export function SourcePanel({ event }: { event: ThreatDetail }): ReactNode {
  const gateway = useGateway();
  const source = useQuery(sourceQuery(gateway, event.source_ip));
  const figures = windowFigures(event.window);
  return (
    <section className="card source-card">
      <header className="card-head">
        <h2>
          Source{' '}
          <span className="mono source-ip">
            <SafeText text={event.source_ip} />
          </span>
        </h2>
        <RouteLink
          className="text-button"
          to={{ event: undefined, view: 'live', filter: { source_ip: [event.source_ip] } }}
        >
          All its events
        </RouteLink>
      </header>
      {figures.length > 0 && (
        <dl className="behaviour" aria-label="In the minutes before this request">
          {figures.map(({ name, value, span, unusual }) => (
            <div key={`${name} ${span}`} className={unusual ? 'unusual' : undefined}>
              <dt>
                {name} <span className="faint">{span}</span>
              </dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {source.isPending && <Skeleton lines={4} />}
      {source.data === undefined && source.error !== null && (
        <Failure error={source.error} onRetry={() => void source.refetch()} />
      )}
      {source.data !== undefined && <History source={source.data} event={event} />}
    </section>
  );
}

function History({ source, event }: { source: Source; event: ThreatDetail }): ReactNode {
  const now = gatewayNow();
  const { recent } = source;
  const total = Math.max(source.events_30d, recent.events);
  const others = source.latest.filter((other) => other.id !== event.id).slice(0, 6);
  return (
    <>
      <p className="source-summary">
        <b>{number(total)}</b> {noun(total, 'event')} in 30 days, last seen {ago(Date.parse(recent.last_seen), now)}
        {recent.reviewed_false_positive > 0 && <>, {number(recent.reviewed_false_positive)} reviewed as false</>}
      </p>
      <ul className="tags" aria-label="Its classes">
        {recent.by_class.slice(0, 6).map(({ name, events }) => (
          <li key={name} className="tag">
            {className(name)} <b>{number(events)}</b>
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <ul className="others" aria-label="Its other events">
          {others.map((other) => (
            <li key={other.id}>
              <RouteLink className="other" to={{ event: other.id }}>
                <ScoreMark severity={other.severity} score={other.threat_score} />
                <span className="other-path mono">
                  <SafeText text={other.request_path} />
                </span>
                <span className="faint small">{ago(Date.parse(other.timestamp), now)}</span>
              </RouteLink>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
