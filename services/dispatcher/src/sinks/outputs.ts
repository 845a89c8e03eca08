import type { z } from 'zod';
import type { AlertSink } from './alert-sink.ts';
import { namedWebhookFields, webhookFields, webhookSinks } from './webhook/config.ts';

/** Variables of what alerts are told to in either mode; a further output is named in this file, and nowhere else. */
export const outputFields = { ...webhookFields };

/**
 * A schema that has `outputFields` with those variables besides that the environment itself gives a name; any other stays as it is. Its
 * type says nothing of them: only the sinks read them.
 */
export function withNamedOutputs<S extends z.ZodObject>(schema: S, env: NodeJS.ProcessEnv): S {
  return 'WEBHOOKS' in schema.shape ? (schema.extend(namedWebhookFields(env)) as unknown as S) : schema;
}

/** The sinks that are configured. */
export function configuredSinks(config: z.infer<z.ZodObject<typeof outputFields>>): AlertSink[] {
  return webhookSinks(config);
}
