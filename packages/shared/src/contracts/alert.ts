import { z } from 'zod';
import { numbersByName } from './numbers-by-name.ts';
import { alertSeveritySchema } from './severity.ts';

/**
 * The public alert, as it stands on Redis, NATS and every WebSocket: snake_case, one JSON object.
 * The first eight fields are the seed's and never change.
 */
export const alertSchema = z.object({
  event: z.literal('threat'),
  timestamp: z.iso.datetime().describe('Event time from the log.'),
  source_ip: z.string().describe('The client, as the log names it; usually an address.'),
  request_method: z.string(),
  request_path: z.string(),
  threat_score: z.number().describe('0 to 1.'),
  severity: alertSeveritySchema,
  component_scores: numbersByName.describe(
    'The highest score of each class of evidence, and by the name of its rule what the outcome of the request added or took.',
  ),
  id: z.uuid().describe('The same for every delivery of the same event.'),
  seq: z.number().int().positive().describe('Place in the total order of alerts, from 1, without gaps.'),
  matched_rules: z.array(z.string()).describe('Strongest first.'),
  classes: z.array(z.string()).describe('Strongest first.'),
  source: z.string().describe('Name of the log source.'),
  traceparent: z
    .string()
    .max(64)
    .optional()
    .describe('W3C traceparent of the batch in which it was found, where tracing is on.'),
});
export type Alert = z.infer<typeof alertSchema>;
