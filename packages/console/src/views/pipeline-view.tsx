import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useGateway } from '../api/gateway-context.ts';
import { modelsQuery, statsQuery } from '../api/queries.ts';
import type { ModelsStatus, PipelineCounts } from '../api/types.ts';
import { RangePicker } from '../parts/range-picker.tsx';
import { Failure, Skeleton } from '../parts/states.tsx';
import { useNow } from '../parts/use-now.ts';
import { navigate, useRoute } from '../routing/route.ts';
import { ago, duration, number, percent, shortNumber } from '../text/format.ts';
import { SafeText } from '../text/safe-text.tsx';
import { isMostlyRejected } from './quiet.ts';

/** Where every line went, and how the machinery is. */
export function PipelineView(): ReactNode {
  const gateway = useGateway();
  const { range } = useRoute();
  const stats = useQuery(statsQuery(gateway, range));
  const models = useQuery(modelsQuery(gateway));
  return (
    <div className="page">
      <header className="page-head">
        <h1>Pipeline</h1>
        <RangePicker picked={range} onPick={(next) => navigate({ range: next })} />
      </header>
      {stats.data !== undefined && <Lines lines={stats.data.pipeline} />}
      {stats.data === undefined && stats.error !== null && (
        <Failure error={stats.error} onRetry={() => void stats.refetch()} />
      )}
      {models.data !== undefined && (
        <div className="page-columns">
          <Queues queues={models.data.queues} />
          <Scorers models={models.data} />
          <Versions seen={models.data.versions_seen} />
        </div>
      )}
      {models.data === undefined && models.error === null && <Skeleton lines={6} />}
      {models.data === undefined && models.error !== null && (
        <Failure error={models.error} onRetry={() => void models.refetch()} />
      )}
    </div>
  );
}

const REASONS: Record<string, string> = {
  empty: 'Empty',
  too_long: 'Too long',
  unparsable: 'Not a request',
  invalid_timestamp: 'Time not understood',
  invalid_encoding: 'Not text',
  not_a_string: 'Not a string',
};

function Lines({ lines }: { lines: PipelineCounts }): ReactNode {
  const { scored, rejected } = lines;
  const parts: [string, number, string][] = [
    ['Low, not stored', scored.LOW, 'low'],
    ['Medium', scored.MEDIUM, 'MEDIUM'],
    ['High', scored.HIGH, 'HIGH'],
    ...Object.entries(rejected.by_reason).map(([reason, count]): [string, number, string] => [
      `Rejected: ${(REASONS[reason] ?? reason).toLowerCase()}`,
      count,
      'rejected',
    ]),
    ['Dead-lettered', lines.dead_lettered, 'dead'],
  ];
  return (
    <section className="card" aria-label="Lines">
      <div className="tiles">
        <Tile name="Lines read" value={number(lines.read)} note="each one is accounted for" />
        <Tile
          name="Scored"
          value={number(scored.total)}
          note={lines.read === 0 ? '' : percent(scored.total / lines.read)}
        />
        <Tile
          name="Rejected"
          value={number(rejected.total)}
          note={lines.read === 0 ? '' : percent(rejected.total / lines.read)}
          bad={isMostlyRejected(lines)}
        />
        <Tile
          name="Dead-lettered"
          value={number(lines.dead_lettered)}
          note={lines.dead_lettered > 0 ? 'look with “vigil dlq”' : ''}
          bad={lines.dead_lettered > 0}
        />
        <Tile name="Suppressed" value={number(lines.suppressed)} note="scored, kept from alerting" />
      </div>
      <ul className="outcomes">
        {parts
          .filter(([, count]) => count > 0)
          .map(([name, count, kind]) => (
            <li key={name}>
              <span className="outcome-name">{name}</span>
              <span className="outcome-count">{number(count)}</span>
              <span className="bar-track" aria-hidden="true">
                <span
                  className={`bar-fill fill-${kind}`}
                  style={{ width: `${Math.max(0.4, (count / Math.max(1, lines.read)) * 100)}%` }}
                />
              </span>
            </li>
          ))}
      </ul>
    </section>
  );
}

function Tile({
  name,
  value,
  note,
  bad = false,
}: {
  name: string;
  value: string;
  note: string;
  bad?: boolean;
}): ReactNode {
  return (
    <div className={bad ? 'tile tile-bad' : 'tile'}>
      <span className="tile-name">{name}</span>
      <span className="tile-value">{value}</span>
      <span className="tile-note">{note}</span>
    </div>
  );
}

function Queues({ queues }: { queues: ModelsStatus['queues'] }): ReactNode {
  return (
    <section className="card">
      <header className="card-head">
        <h2>Queues</h2>
      </header>
      {queues === null || Object.keys(queues).length === 0 ? (
        <p className="muted card-text">Not known to this gateway.</p>
      ) : (
        <div className="table-scroll">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Queue</th>
                <th scope="col" className="num">
                  Waiting
                </th>
                <th scope="col" className="num">
                  Active
                </th>
                <th scope="col" className="num">
                  Delayed
                </th>
                <th scope="col" className="num">
                  Failed
                </th>
                <th scope="col" className="num">
                  Oldest
                </th>
              </tr>
            </thead>
            <tbody>
              {Object.entries(queues).map(([name, queue]) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td className="num">{shortNumber(queue.waiting)}</td>
                  <td className="num">{shortNumber(queue.active)}</td>
                  <td className="num">{shortNumber(queue.delayed)}</td>
                  <td className={queue.failed > 0 ? 'num problem-text' : 'num'}>{shortNumber(queue.failed)}</td>
                  <td className="num">{duration(queue.oldest_age_seconds)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Scorers({ models }: { models: ModelsStatus }): ReactNode {
  const now = useNow(5_000);
  const { scorers } = models;
  return (
    <section className="card">
      <header className="card-head">
        <h2>Scorers</h2>
        {scorers !== null && <span className="note">{number(scorers.length)}</span>}
      </header>
      {scorers === null || scorers.length === 0 ? (
        <p className="muted card-text">
          {scorers === null ? 'They do not report to this gateway.' : 'No scorer reports.'}
        </p>
      ) : (
        <div className="table-scroll">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Scorer</th>
                <th scope="col" className="num">
                  Lines/s
                </th>
                <th scope="col">Rules</th>
                <th scope="col">Seen</th>
              </tr>
            </thead>
            <tbody>
              {scorers.map((scorer) => (
                <tr key={scorer.id}>
                  <th scope="row" className="mono">
                    <SafeText text={scorer.id} />
                  </th>
                  <td className="num">{shortNumber(Math.round(scorer.lines_per_second))}</td>
                  <td className="mono">
                    <SafeText text={shortVersion(scorer.rules_version)} />
                  </td>
                  <td>{ago(Date.parse(scorer.last_seen), now)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** The hash at the end of a stamp; the packs before it are named elsewhere. */
function shortVersion(stamp: string): string {
  const hash = stamp.split('#')[1];
  return hash === undefined ? stamp : `#${hash}`;
}

/** Stamps of the rules behind recent events; two of them during a rollout. */
function Versions({ seen }: { seen: ModelsStatus['versions_seen'] }): ReactNode {
  const now = useNow(5_000);
  return (
    <section className="card">
      <header className="card-head">
        <h2>Rules behind recent events</h2>
      </header>
      {seen.length === 0 && <p className="muted card-text">No event yet.</p>}
      <ul className="versions">
        {seen.map(({ version, last_seen: lastSeen }) => {
          const [packs = '', hash] = version.split('#');
          return (
            <li key={version}>
              <p className="small muted">
                {hash === undefined ? 'version' : <code>#{hash}</code>}, last {ago(Date.parse(lastSeen), now)}
              </p>
              <ul className="tags">
                {packs.split('+').map((pack) => (
                  <li key={pack} className="tag">
                    <SafeText text={pack.replace('@', ' ')} />
                  </li>
                ))}
              </ul>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
