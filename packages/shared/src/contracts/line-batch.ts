import { z } from 'zod';
import { rejectedCountsSchema } from './counts.ts';
import { clockTimeMs } from './times.ts';

/**
 * Version of the queue contracts, raised when a consumer of the previous release would mishandle a job. A consumer leaves jobs of a
 * later version to that release's consumers for ten minutes, and then dead-letters them instead of failing for ever.
 */
export const CONTRACT_VERSION = 1;

/** Longest name of a source, characters. */
export const SOURCE_LENGTH_MAX = 512;

/** Longest name of a format, `log_format` or `LogFormat`, characters. */
export const FORMAT_LENGTH_MAX = 4096;

/** Begins the line by which a log in the W3C's extended format names its columns, and a batch's format where it is such a line. */
export const W3C_HEADER = '#Fields:';

/**
 * Lines as the ingestor read them: one BullMQ job, one or more lines of one source.
 *
 * `payload` holds the lines joined by `\n`, byte for byte as they were read and without the last newline, so that the position of
 * every line follows from the position of the first.
 * The id depends on nothing but what was read: the same range read again gives the same id.
 */
export const lineBatchSchema = z.object({
  v: z.literal(CONTRACT_VERSION),
  id: z.string().regex(/^lb-[0-9a-f]{32}$/),
  /** Operator's name of the source: the file's path, or the name that a pusher gave. */
  source: z.string().min(1).max(SOURCE_LENGTH_MAX),
  /** Which file content (or push batch) of that source; see `fileFingerprint`. */
  fingerprint: z.string().min(1).max(128),
  /** `bytes`: positions are byte offsets in the file. `lines`: positions are indexes in a pushed batch. */
  positions: z.enum(['bytes', 'lines']),
  /** Position of the first line. */
  firstPosition: z.number().int().nonnegative(),
  /** Lines in the payload. */
  lineCount: z.number().int().nonnegative(),
  encoding: z.enum(['plain', 'zstd']),
  /** base64 of the (compressed) bytes. */
  payload: z.string(),
  /** Lines that the ingestor read just before this batch and gave up; they count as read. */
  rejected: rejectedCountsSchema,
  /**
   * Format that the operator set for the source: a format's name, an nginx `log_format`, an Apache `LogFormat` or a `#Fields:` line; or the
   * `#Fields:` line of the log that holds where the batch begins. Absent: detected.
   */
  format: z.string().max(FORMAT_LENGTH_MAX).optional(),
  /** When the batch was read, epoch ms. */
  readAtMs: clockTimeMs,
  /** W3C `traceparent`, where tracing is on. */
  traceparent: z.string().max(64).optional(),
});
export type LineBatch = z.infer<typeof lineBatchSchema>;
