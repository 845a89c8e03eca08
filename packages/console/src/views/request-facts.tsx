import type { ReactNode } from 'react';
import type { ThreatDetail } from '../api/types.ts';
import { bytes } from '../text/format.ts';
import { SafeText } from '../text/safe-text.tsx';

/** The request's fields as they were logged. */
export function RequestFacts({ event }: { event: ThreatDetail }): ReactNode {
  const facts: [string, string][] = [
    ['Method', event.request_method],
    ['Path', event.request_path],
    ['Query', event.query],
    ['Host', event.host],
    ['Status', String(event.status)],
    ['Size', bytes(event.bytes)],
    ['User agent', event.user_agent],
    ['Referer', event.referer],
    ['Log', `${event.source}, position ${event.position}`],
    ['Rules', event.rules_version],
    ['Event', event.id],
  ];
  return (
    <section className="card request-card">
      <header className="card-head">
        <h2>Request</h2>
      </header>
      <dl className="facts">
        {facts
          .filter(([, value]) => value !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="mono">
                <SafeText text={value} />
              </dd>
            </div>
          ))}
      </dl>
    </section>
  );
}
