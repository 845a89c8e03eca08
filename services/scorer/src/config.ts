import { z } from 'zod';
import { positiveInt, queuePrefix, redisUrl, serviceFields } from '@vigil/shared/config/fields';
import { loadConfig } from '@vigil/shared/config/load-config';

export const scorerConfigSchema = z.object({
  ...serviceFields,
  REDIS_URL: redisUrl,
  QUEUE_PREFIX: queuePrefix,
  SCORER_CONCURRENCY: positiveInt
    .max(64)
    .default(4)
    .describe('Batches at hand at once: while one waits for Redis, others are scored.'),
  RULES_DIR: z
    .string()
    .min(1)
    .optional()
    .describe('Folder of rule packs that are loaded beside the built-in ones and again whenever they change.'),
});
export type ScorerConfig = z.infer<typeof scorerConfigSchema>;

export function readConfig(env: NodeJS.ProcessEnv): ScorerConfig {
  return loadConfig(scorerConfigSchema, env);
}
