import type { z } from 'zod';
import type { AlertSink } from './alert-sink.ts';
import { webhookFields, webhookSinks } from './webhook/config.ts';

/** Variables of what alerts are told to in either mode; a further output is named in this file, and nowhere else. */
export const outputFields = { ...webhookFields };

/** The sinks that are configured. */
export function configuredSinks(config: z.infer<z.ZodObject<typeof outputFields>>): AlertSink[] {
  return webhookSinks(config);
}
