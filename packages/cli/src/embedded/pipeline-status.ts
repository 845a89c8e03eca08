import { rulesSummary, type PipelineProviders } from '@vigil/gateway/rest/pipeline-status';
import { queueStatus } from '@vigil/gateway/rest/queue-status';
import type { QueueBackend } from '@vigil/shared/queue/job-queue';
import type { Database } from '@vigil/shared/storage/database';
import type { RulesInUse } from './scoring-thread/rules-in-use.ts';

/** The minute before and what there is of the present one: of whole minutes alone, a flood would not be seen for up to two. */
const RATE_SQL = `
  select coalesce(sum(lines) / extract(epoch from now() - date_trunc('minute', now() - interval '1 minute')), 0) as per_second
  from line_tallies
  where outcome like 'scored:%' and bucket >= date_trunc('minute', now() - interval '1 minute')`;

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
      const [row] = await database.query<{ per_second: string }>(RATE_SQL);
      return [
        {
          id: 'this process',
          rules_version: version,
          last_seen: new Date().toISOString(),
          lines_per_second: Number(row?.per_second ?? 0),
        },
      ];
    },
  };
}
