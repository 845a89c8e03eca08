import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useGateway } from '../api/gateway-context.ts';
import { modelsQuery, statsQuery } from '../api/queries.ts';
import { RouteLink } from '../parts/route-link.tsx';
import { duration, shortNumber } from '../text/format.ts';
import { queuesAltogether } from './pipeline-figures.ts';
import { isMostlyRejected } from './quiet.ts';

/** The pipeline in one line, on every page: is what I see all that there is? */
export function HealthStrip(): ReactNode {
  const gateway = useGateway();
  const stats = useQuery(statsQuery(gateway, '1h'));
  const models = useQuery(modelsQuery(gateway));
  const lines = stats.data?.pipeline;
  const queues = queuesAltogether(models.data?.queues);
  const rate = (models.data?.scorers ?? []).reduce((sum, scorer) => sum + scorer.lines_per_second, 0);
  return (
    <footer className="health" aria-label="Pipeline in the last hour">
      <RouteLink className="health-link" to={{ view: 'pipeline', event: undefined }} label="Pipeline details">
        <span className="visually-hidden">Details</span>
      </RouteLink>
      <Figure name="Lines read" value={lines === undefined ? undefined : shortNumber(lines.read)} />
      <Figure name="Scored" value={lines === undefined ? undefined : shortNumber(lines.scored.total)} />
      <Figure
        name="Rejected"
        value={lines === undefined ? undefined : shortNumber(lines.rejected.total)}
        bad={isMostlyRejected(lines)}
      />
      <Figure
        name="Dead"
        value={lines === undefined ? undefined : shortNumber(lines.dead_lettered)}
        bad={(lines?.dead_lettered ?? 0) > 0}
      />
      {queues !== undefined && <Figure name="Queued" value={shortNumber(queues.depth)} bad={queues.depth > 1_000} />}
      {queues !== undefined && <Figure name="Lag" value={duration(queues.lagSeconds)} bad={queues.lagSeconds > 10} />}
      {models.data?.scorers != null && (
        <Figure name="Scorers" value={String(models.data.scorers.length)} bad={models.data.scorers.length === 0} />
      )}
      {rate > 0 && <Figure name="Rate" value={`${shortNumber(Math.round(rate))}/s`} />}
    </footer>
  );
}

function Figure({ name, value, bad = false }: { name: string; value: string | undefined; bad?: boolean }): ReactNode {
  return (
    <span className={bad ? 'health-figure health-bad' : 'health-figure'}>
      <span className="health-name">{name}</span> <b>{value ?? '–'}</b>
    </span>
  );
}
