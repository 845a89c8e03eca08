import { rulesSummary, type PipelineProviders } from '@vigil/gateway/rest/pipeline-status';
import { queueStatus } from '@vigil/gateway/rest/queue-status';
import type { QueueBackend } from '@vigil/shared/queue/job-queue';
import type { Database } from '@vigil/shared/storage/database';
import type { RulesInUse } from './scoring-thread/rules-in-use.ts';

const RATE_WINDOW_SECONDS = 60;
const LINES_SQL = `
  select coalesce(sum(lines), 0) as lines from line_tallies
  where outcome like 'scored:%' and bucket >= date_trunc('minute', now() - make_interval(secs => $1))
    and bucket < date_trunc('minute', now())`;

/** What the gateway tells of the rest of the pipeline where all of it is this process. */
export function embeddedPipeline(
  queue: QueueBackend,
  rules: () => Promise<RulesInUse>,
  database: Pick<Database, 'query'>,
): Required<PipelineProviders> {
  return {
    queues: () => queueStatus(queue),
    rulebook: async () => (await rules()).rulebook,
    rules: async () => {
      const { version, rulebook } = await rules();
      return rulesSummary(version, rulebook);
    },
    scorers: async () => {
      const { version } = await rules();
      const [row] = await database.query<{ lines: string }>(LINES_SQL, [RATE_WINDOW_SECONDS]);
      return [
        {
          id: 'this process',
          rules_version: version,
          last_seen: new Date().toISOString(),
          lines_per_second: Number(row?.lines ?? 0) / RATE_WINDOW_SECONDS,
        },
      ];
    },
  };
}
