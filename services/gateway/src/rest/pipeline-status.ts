import type { Rulebook } from '@vigil/detection/rules/rulebook';
import { z } from 'zod';

const queueDepthSchema = z.object({
  waiting: z.number(),
  active: z.number(),
  delayed: z.number(),
  failed: z.number(),
  oldest_age_seconds: z.number(),
});

/** What `GET /models/status` says; the seed's name for the state of what scores. */
export const modelsStatusSchema = z
  .object({
    rules: z.object({
      /** Version stamp of the packs that scored last; null before the first event. */
      version: z.string().nullable(),
      packs: z.array(z.object({ id: z.string(), version: z.string(), rules: z.number(), mode: z.string() })),
      suppressions: z.number().nullable(),
    }),
    versions_seen: z
      .array(z.object({ version: z.string(), last_seen: z.iso.datetime() }))
      .describe('Versions among recently stored events: more than one during a rollout.'),
    scorers: z
      .array(
        z.object({
          id: z.string(),
          rules_version: z.string(),
          last_seen: z.iso.datetime(),
          lines_per_second: z.number(),
        }),
      )
      .nullable()
      .describe('Null where scorers do not report here.'),
    queues: z.record(z.string(), queueDepthSchema).nullable(),
  })
  .meta({ id: 'ModelsStatus' });
export type ModelsStatus = z.infer<typeof modelsStatusSchema>;

/** What the composition knows of the rest of the pipeline; all of it optional. */
export interface PipelineProviders {
  /** Undefined where nobody has told yet. */
  rulebook?: () => Promise<Rulebook | undefined>;
  rules?: () => Promise<ModelsStatus['rules'] | undefined>;
  scorers?: () => Promise<NonNullable<ModelsStatus['scorers']>>;
  queues?: () => Promise<NonNullable<ModelsStatus['queues']>>;
}

/** The rules in use, counted. */
export function rulesSummary(version: string, { packs, suppressions }: Rulebook): ModelsStatus['rules'] {
  return {
    version,
    packs: packs.map(({ id, version: packVersion, mode, rules }) => ({
      id,
      version: packVersion,
      mode,
      rules: rules.length,
    })),
    suppressions: suppressions?.length ?? null,
  };
}
