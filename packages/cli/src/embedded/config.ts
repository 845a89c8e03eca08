import { z } from 'zod';
import { outputFields, withNamedOutputs } from '@vigil/dispatcher/sinks/outputs';
import { gatewaySettingsFields } from '@vigil/gateway/config';
import { ingestFields } from '@vigil/ingestor/config';
import { readingFields } from '@vigil/scorer/config';
import { apiKeysField } from '@vigil/shared/auth/api-keys';
import { nonNegativeInt, nonNegativeNumber, port, positiveMs, serviceFields } from '@vigil/shared/config/fields';
import { loadConfig } from '@vigil/shared/config/load-config';

const { LOG_LEVEL } = serviceFields;
/** It lies in the data folder. */
const { CHECKPOINT_PATH: _, ...ingest } = ingestFields;

/** Environment of `vigil serve`: everything has a default, and the services' own settings mean here what they mean there. */
export const embeddedConfigSchema = z.object({
  ...gatewaySettingsFields,
  ...ingest,
  ...readingFields,
  ...outputFields,
  LOG_LEVEL,
  VIGIL_DATA_DIR: z.string().optional().describe('Folder of all that is kept; by default `.vigil` in the checkout.'),
  INGEST_PATHS: ingest.INGEST_PATHS.describe(
    'Files and globs to follow beside those that are given, comma-separated; `-` is standard input. Neither: a demonstration log.',
  ),
  HOST: z
    .string()
    .default('127.0.0.1')
    .describe('Only this machine by default: set 0.0.0.0 to be reached from others.'),
  PORT: port.default(8080).describe('Carries the console, REST, WebSocket and ingest.'),
  SHUTDOWN_TIMEOUT_MS: positiveMs
    .default(4_500)
    .describe('Longest time that a stop may take before the process leaves anyway.'),
  RULES_DIR: z
    .string()
    .min(1)
    .optional()
    .describe('Rule packs besides the built-in ones, loaded again when they change.'),
  VIGIL_API_KEYS: apiKeysField.default([]).describe('Keys besides the one that is made on the first start.'),
  RETENTION_DAYS: nonNegativeInt.default(90).describe('Days that events are kept; 0 for ever.'),
  RETENTION_GB_MAX: nonNegativeNumber
    .default(10)
    .describe(
      'Most that the days of events may take on the disk, GB (10^9 bytes): above it a flood keeps the first events of each minute, and the oldest days go early. 0: no bound.',
    ),
});
export type EmbeddedConfig = z.infer<typeof embeddedConfigSchema>;

/** @throws ConfigError that names every variable at fault */
export function readEmbeddedConfig(env: NodeJS.ProcessEnv): EmbeddedConfig {
  return loadConfig(withNamedOutputs(embeddedConfigSchema, env), env);
}
