import { z } from 'zod';
import { createLineParser } from '@vigil/detection/formats/line-parser';
import { apiKeysField } from '@vigil/shared/auth/api-keys';
import {
  commaList,
  databaseUrl,
  nonNegativeInt,
  nonNegativeMs,
  port,
  positiveInt,
  positiveMs,
  queuePrefix,
  redisUrl,
  serviceFields,
  trustedProxies,
} from '@vigil/shared/config/fields';
import { loadConfig } from '@vigil/shared/config/load-config';
import { FORMAT_LENGTH_MAX } from '@vigil/shared/contracts';
import { LINE_BYTES_MAX_USUAL } from '@vigil/shared/lines/line-length';
import { messageOf } from '@vigil/shared/text/message-of';

/** What reading and pushing need, whichever queue lies behind: embedded mode fills it without the rest of the environment. */
export const ingestFields = {
  INGEST_PATHS: commaList
    .default([])
    .describe('Files and globs to follow, comma-separated; `-` is standard input. Empty: HTTP only.'),
  INGEST_FORMAT: z
    .string()
    .max(FORMAT_LENGTH_MAX)
    .optional()
    .superRefine((format, context) => {
      try {
        createLineParser(format);
      } catch (error) {
        context.addIssue({ code: 'custom', message: messageOf(error) });
      }
    })
    .describe(
      "Format of all sources: a format's name, an nginx `log_format`, an Apache `LogFormat` or a `#Fields:` line. Unset: detected.",
    ),
  INGEST_FROM: z
    .enum(['start', 'end'])
    .default('start')
    .describe(
      'Where to begin in a file that is there at the first look and was never seen before; `end` is its end at that moment.',
    ),
  CHECKPOINT_PATH: z
    .string()
    .default('./vigil-checkpoint.json')
    .describe('File that remembers how far each source was read.'),
  BATCH_LINES_MAX: positiveInt
    .max(10_000)
    .default(4_000)
    .describe(
      'Largest batch, in lines; reached only where lines wait. A batch costs the queue, the windows and the dispatcher about as much however large it is.',
    ),
  BATCH_BYTES_MAX: positiveInt
    .max(4 * 1024 * 1024)
    .default(1024 * 1024)
    .describe(
      'Largest batch, in bytes; bounds what a scorer has in memory, and how long the slowest lines that we know keep it from answering its probes: one to three seconds.',
    ),
  FLUSH_INTERVAL_MS: nonNegativeInt
    .max(60_000)
    .default(20)
    .describe(
      'A source that grows is read at most this often, and five times as seldom while scorers are behind; an idle one at once.',
    ),
  LINE_BYTES_MAX: positiveInt
    .max(256 * 1024)
    .default(LINE_BYTES_MAX_USUAL)
    .describe(
      'Longer lines are not scored, but counted as `too_long`: more than the web server may write of one request.',
    ),
  POLL_INTERVAL_MS: positiveMs
    .default(100)
    .describe("How often files are looked at where the system's change notices stay away."),
  DISCOVER_INTERVAL_MS: positiveMs.default(1_000).describe('How often globs are expanded anew.'),
  ROTATE_GRACE_MS: nonNegativeMs
    .default(5_000)
    .describe('A rotated file is watched this long for late lines after its successor appeared.'),
  QUEUE_DEPTH_MAX: positiveInt
    .default(1_000)
    .describe(
      'Batches waiting to be scored or stored above which nothing more is taken in, until three quarters of it are left.',
    ),
  QUEUE_MEMORY_SHARE_MAX: z.coerce
    .number('must be a number')
    .positive('must be above 0')
    .max(1, 'must be at most 1')
    .default(0.8)
    .describe("Share of Redis' `maxmemory` in use above which nothing more is taken in."),
  PUSH_BYTES_MAX: positiveInt.default(8 * 1024 * 1024).describe('Largest body of a push, decompressed.'),
  PUSH_LINES_MAX: positiveInt.default(10_000).describe('Most lines in a push.'),
  PUSHES_PER_MINUTE_MAX: positiveInt
    .default(12_000)
    .describe('Pushes per minute and key or address (IPv6: /64); a quarter of them at once.'),
  PUSH_IN_FLIGHT_BYTES_MAX: positiveInt
    .default(64 * 1024 * 1024)
    .describe('Bodies of all pushes that the queue has not taken yet, together.'),
};

export const ingestSchema = z.object(ingestFields);
export type IngestConfig = z.output<typeof ingestSchema>;

export const ingestorConfigSchema = z.object({
  ...serviceFields,
  ...ingestFields,
  REDIS_URL: redisUrl,
  QUEUE_PREFIX: queuePrefix,
  PORT: port.default(8081).describe('Port of `POST /ingest/batch`.'),
  TRUSTED_PROXIES: trustedProxies.describe('Proxies (addresses or CIDRs) whose `X-Forwarded-For` is believed.'),
  VIGIL_API_KEYS: apiKeysField
    .default([])
    .describe("Keys, comma-separated: `name:scope+scope:key`, or `sha256=<hex>` in the key's place."),
  DATABASE_URL: databaseUrl.optional().describe('Where keys made by `vigil keys` live. Unset: only `VIGIL_API_KEYS`.'),
});
export type IngestorConfig = z.output<typeof ingestorConfigSchema>;

/** @throws ConfigError that names every variable at fault */
export function readConfig(env: NodeJS.ProcessEnv): IngestorConfig {
  return loadConfig(ingestorConfigSchema, env);
}
