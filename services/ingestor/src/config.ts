import { z } from 'zod';
import { apiKeysField } from '@vigil/shared/auth/api-keys';
import {
  commaList,
  databaseUrl,
  nonNegativeInt,
  port,
  positiveInt,
  queuePrefix,
  redisUrl,
  serviceFields,
  trustedProxies,
} from '@vigil/shared/config/fields';
import { loadConfig } from '@vigil/shared/config/load-config';
import { FORMAT_LENGTH_MAX } from '@vigil/shared/contracts';

/** What reading and pushing need, whichever queue lies behind: embedded mode fills it without the rest of the environment. */
export const ingestFields = {
  /** Files and globs to follow, comma-separated; `-` is standard input. Empty: HTTP only. */
  INGEST_PATHS: commaList.default([]),
  /** Format of all sources: a format's name or an nginx `log_format` string. Unset: detected. */
  INGEST_FORMAT: z.string().max(FORMAT_LENGTH_MAX).optional(),
  /** Where to begin in a file that is there at the first look and was never seen before; `end` is its end at that moment. */
  INGEST_FROM: z.enum(['start', 'end']).default('start'),
  /** File that remembers how far each source was read. */
  CHECKPOINT_PATH: z.string().default('./vigil-checkpoint.json'),
  /** Reached only where lines wait. A batch costs the queue, the windows and the dispatcher about as much however large it is. */
  BATCH_LINES_MAX: positiveInt.max(10_000).default(4_000),
  /** A megabyte of the slowest lines that we know keeps a scorer from answering its probes for one to three seconds. */
  BATCH_BYTES_MAX: positiveInt.max(4 * 1024 * 1024).default(1024 * 1024),
  /** A source that grows is read at most this often, and five times as seldom while scorers are behind; an idle one at once. */
  FLUSH_INTERVAL_MS: nonNegativeInt.max(60_000).default(20),
  /** Longer lines are skipped and counted as `too_long`. */
  LINE_BYTES_MAX: positiveInt.max(256 * 1024).default(16_384),
  /** How often files are looked at where the system's change notices stay away. */
  POLL_INTERVAL_MS: positiveInt.default(100),
  /** How often globs are expanded anew. */
  DISCOVER_INTERVAL_MS: positiveInt.default(1_000),
  /** A rotated file is watched this long for late lines after its successor appeared. */
  ROTATE_GRACE_MS: nonNegativeInt.default(5_000),
  /** Batches waiting to be scored or stored above which nothing more is taken in, until three quarters of it are left. */
  QUEUE_DEPTH_MAX: positiveInt.default(1_000),
  /** Share of Redis' `maxmemory` in use above which nothing more is taken in. */
  QUEUE_MEMORY_SHARE_MAX: z.coerce.number('must be a number').positive().max(1).default(0.8),
  /** Largest body of a push, decompressed. */
  PUSH_BYTES_MAX: positiveInt.default(8 * 1024 * 1024),
  PUSH_LINES_MAX: positiveInt.default(10_000),
  /** Pushes per minute and key or address (IPv6: /64); a quarter of them at once. */
  PUSHES_PER_MINUTE_MAX: positiveInt.default(12_000),
  /** Bodies of all pushes that the queue has not taken yet, together. */
  PUSH_IN_FLIGHT_BYTES_MAX: positiveInt.default(64 * 1024 * 1024),
};

export const ingestSchema = z.object(ingestFields);
export type IngestConfig = z.output<typeof ingestSchema>;

export const ingestorSchema = z.object({
  ...serviceFields,
  ...ingestFields,
  REDIS_URL: redisUrl,
  QUEUE_PREFIX: queuePrefix,
  /** Port of `POST /ingest/batch`. */
  PORT: port.default(8081),
  /** Proxies (addresses or CIDRs) whose `X-Forwarded-For` is believed. */
  TRUSTED_PROXIES: trustedProxies,
  VIGIL_API_KEYS: apiKeysField.default([]),
  /** Where keys made by `vigil keys` live. Unset: only `VIGIL_API_KEYS`. */
  DATABASE_URL: databaseUrl.optional(),
});
export type IngestorConfig = z.output<typeof ingestorSchema>;

/** @throws ConfigError naming every variable at fault */
export function readIngestorConfig(env: NodeJS.ProcessEnv): IngestorConfig {
  return loadConfig(ingestorSchema, env);
}
