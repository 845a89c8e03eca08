import type { Logger } from '@vigil/shared/logging/logger';
import type { Database } from '@vigil/shared/storage/database';
import type { Api } from './api.ts';
import { modelsStatusSchema, type PipelineProviders } from './pipeline-status.ts';

/** Among this many of the latest events. */
const VERSIONS_SQL = `
  select rules_version as version, max(stored_at) as last_seen
  from (select rules_version, stored_at from events order by timestamp desc, id desc limit 1000) e
  group by 1 order by 2 desc`;

/** `GET /models/status`. A part that cannot be asked is null; the rest is answered all the same. */
export function modelsRoutes(api: Api, database: Database, providers: PipelineProviders, log: Logger): void {
  const ask = async <T>(part: string, provider: (() => Promise<T | undefined>) | undefined): Promise<T | null> => {
    try {
      return (await provider?.()) ?? null;
    } catch (err) {
      log.warn({ err, part }, 'part of the status is not known');
      return null;
    }
  };
  api.add({
    method: 'GET',
    path: '/models/status',
    name: 'getModelsStatus',
    summary: 'What scores: rules, packs, scorers, queues',
    scope: 'read',
    response: modelsStatusSchema,
    handle: async () => {
      const [seen, rules, scorers, queues] = await Promise.all([
        database.query<{ version: string; last_seen: string }>(VERSIONS_SQL),
        ask('rules', providers.rules),
        ask('scorers', providers.scorers),
        ask('queues', providers.queues),
      ]);
      const versions = seen.map((row) => ({ version: row.version, last_seen: new Date(row.last_seen).toISOString() }));
      return {
        rules: rules ?? { version: versions[0]?.version ?? null, packs: [], suppressions: null },
        versions_seen: versions,
        scorers,
        queues,
      };
    },
  });
}
