import { z } from 'zod';
import { gatewaySettingsFields } from '@vigil/gateway/config';
import { ingestFields } from '@vigil/ingestor/config';
import { apiKeysField } from '@vigil/shared/auth/api-keys';
import { nonNegativeInt, port, positiveInt, serviceFields } from '@vigil/shared/config/fields';
import { loadConfig } from '@vigil/shared/config/load-config';

const { LOG_LEVEL } = serviceFields;

/** Environment of `vigil serve`: everything has a default, and the services' own settings mean here what they mean there. */
export const embeddedConfigSchema = z.object({
  ...gatewaySettingsFields,
  ...ingestFields,
  LOG_LEVEL,
  /** Only this machine by default: set 0.0.0.0 to be reached from others. */
  HOST: z.string().default('127.0.0.1'),
  /** Carries the console, REST, WebSocket and ingest. */
  PORT: port.default(8080),
  SHUTDOWN_TIMEOUT_MS: positiveInt.default(4_500),
  /** Rule packs besides the built-in ones, loaded again when they change. */
  RULES_DIR: z.string().min(1).optional(),
  /** Keys besides the one that is made on the first start. */
  VIGIL_API_KEYS: apiKeysField.default([]),
  /** Days that events are kept; 0 for ever. */
  RETENTION_DAYS: nonNegativeInt.default(90),
});
export type EmbeddedConfig = z.infer<typeof embeddedConfigSchema>;

/** @throws ConfigError */
export function readEmbeddedConfig(env: NodeJS.ProcessEnv): EmbeddedConfig {
  return loadConfig(embeddedConfigSchema, env);
}
