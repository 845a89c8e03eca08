import { z } from 'zod';
import { numbersByName } from './numbers-by-name.ts';
import { alertSeveritySchema } from './severity.ts';

/**
 * The public alert, as it stands on Redis, NATS and every WebSocket: snake_case, one JSON object.
 * The first eight fields are the seed's and never change.
 */
export const alertSchema = z.object({
  event: z.literal('threat'),
  /** Event time from the log, ISO 8601 in UTC. */
  timestamp: z.iso.datetime(),
  source_ip: z.string(),
  request_method: z.string(),
  request_path: z.string(),
  threat_score: z.number(),
  severity: alertSeveritySchema,
  component_scores: numbersByName,
  /** Event id; the same for every delivery of the same event. */
  id: z.uuid(),
  /** Place in the total order of alerts, from 1, without gaps. */
  seq: z.number().int().positive(),
  matched_rules: z.array(z.string()),
  classes: z.array(z.string()),
  /** Name of the log source. */
  source: z.string(),
  /** W3C `traceparent` of the batch in which it was found, where tracing is on. */
  traceparent: z.string().max(64).optional(),
});
export type Alert = z.infer<typeof alertSchema>;
