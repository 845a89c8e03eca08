import { z } from 'zod';
import { eventTimeMs } from './times.ts';

/**
 * One request as the log shows it. Strings hold **one UTF-16 code unit per log byte** (Latin-1), after the log's own quoting
 * (`\"`, `\xHH`, JSON) was undone: decoding to UTF-8 is the engine's and the writer's business, never the parser's.
 */
export const parsedRequestSchema = z.object({
  /** Event time from the log, epoch ms. */
  timestampMs: eventTimeMs,
  /** Client address as logged, IPv4 or IPv6 without port; `-` where the log has none. */
  sourceIp: z.string(),
  /** Upper-case method, or `-` where the request line is not HTTP. */
  method: z.string(),
  /** Request target as logged (path and query), or the whole request line where it is not HTTP. */
  target: z.string(),
  /** `HTTP/1.1`, `HTTP/2.0`, …, or empty. */
  protocol: z.string(),
  status: z.number().int(),
  /** Response body bytes; 0 for `-`. */
  bytes: z.number().nonnegative(),
  /** Empty for `-` or where the format has no such field; the same holds for the rest. */
  referer: z.string(),
  userAgent: z.string(),
  host: z.string(),
  remoteUser: z.string(),
  /** Values of other request headers in the line, above all X-Forwarded-For, except for those that are only addresses or ids. */
  headers: z.array(z.string()).optional(),
  /** Seconds the server took, where the format has it. */
  durationSeconds: z.number().nonnegative().optional(),
});
export type ParsedRequest = z.infer<typeof parsedRequestSchema>;
