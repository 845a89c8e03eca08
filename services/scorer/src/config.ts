import { z } from 'zod';
import { isTimeZone } from '@vigil/detection/formats/time-zone';
import { nonNegativeInt, positiveInt, queuePrefix, redisUrl, serviceFields } from '@vigil/shared/config/fields';
import { loadConfig } from '@vigil/shared/config/load-config';

/** Lines after which V8 has compiled nearly all of what they run: with more, the next ones hardly take less (`bench/src/warm-up.ts`). */
const WARM_UP_LINES = 30_000;

/** What reading the lines needs, whichever queue lies behind: embedded mode fills it without the rest of the environment. */
export const readingFields = {
  SOURCE_TIME_ZONE: z
    .string()
    .refine(isTimeZone, 'must be a zone such as Europe/Berlin, or an offset such as +05:30')
    .optional()
    .describe("Zone of times in logs that name none, as HAProxy's; the same for every scorer. Unset: UTC."),
};

export const scorerConfigSchema = z.object({
  ...serviceFields,
  ...readingFields,
  REDIS_URL: redisUrl,
  QUEUE_PREFIX: queuePrefix,
  SCORER_CONCURRENCY: positiveInt
    .max(64)
    .default(3)
    .describe('Batches at hand at once: while one waits for Redis, others are scored.'),
  SCORER_WARM_UP_LINES: nonNegativeInt
    .max(1_000_000)
    .default(WARM_UP_LINES)
    .describe(
      'Generated lines that a scorer scores before it takes real ones, which would be slow if they were the first; 0 for none.',
    ),
  RULES_DIR: z
    .string()
    .min(1)
    .optional()
    .describe('Folder of rule packs that are loaded beside the built-in ones and again whenever they change.'),
});
export type ScorerConfig = z.infer<typeof scorerConfigSchema>;

/** @throws ConfigError that names every variable at fault */
export function readConfig(env: NodeJS.ProcessEnv): ScorerConfig {
  return loadConfig(scorerConfigSchema, env);
}
