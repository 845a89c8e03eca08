import { z } from 'zod';
import {
  databaseUrl,
  natsUrl,
  nonNegativeInt,
  nonNegativeNumber,
  positiveInt,
  queuePrefix,
  redisUrl,
  serviceFields,
} from '@vigil/shared/config/fields';
import { loadConfig } from '@vigil/shared/config/load-config';
import { outputFields, withNamedOutputs } from './sinks/outputs.ts';

export const dispatcherConfigSchema = z.object({
  ...serviceFields,
  DATABASE_URL: databaseUrl,
  REDIS_URL: redisUrl,
  QUEUE_PREFIX: queuePrefix,
  NATS_URL: natsUrl.optional().describe('JetStream for other systems; without it alerts go to Redis alone.'),
  NATS_STREAM: z
    .string()
    // JetStream's own rule: the stream would be refused again and again.
    .regex(/^[^\s.*>/\\]+$/, 'must be a name without blanks and any of . * > / \\')
    .default('VIGIL_ALERTS')
    .describe('Name of the stream in JetStream.'),
  NATS_MAX_AGE_HOURS: positiveInt.default(168).describe('How long JetStream keeps alerts, hours.'),
  NATS_REPLICAS: positiveInt.max(5).default(1).describe('Replicas of the stream in a NATS cluster.'),
  ...outputFields,
  DISPATCHER_CONCURRENCY: positiveInt
    .default(64)
    .describe(
      'Batches taken from the queue at once, fewer where they hold many lines; what waits is stored in one transaction.',
    ),
  RETENTION_DAYS: nonNegativeInt
    .default(90)
    .describe(
      'Days that events are kept; the dispatcher looks once an hour. 0: somebody else runs `vigil retention --days`.',
    ),
  RETENTION_GB_MAX: nonNegativeNumber
    .default(0)
    .describe(
      "Most that the days of events may take on PostgreSQL's disk, GB (10^9 bytes): above it a flood keeps the first events of each minute, and the oldest days go early. 0: no bound.",
    ),
});
export type DispatcherConfig = z.infer<typeof dispatcherConfigSchema>;

/** @throws ConfigError that names every variable at fault */
export function readConfig(env: NodeJS.ProcessEnv): DispatcherConfig {
  return loadConfig(withNamedOutputs(dispatcherConfigSchema, env), env);
}
