import { z } from 'zod';
import { alertSchema } from './alert.ts';

const seq = z.number().int().nonnegative();
const cursor = seq.describe('Everything up to this seq was sent or filtered out: resume with after=cursor.');
const filter = z.record(z.string(), z.unknown()).describe('The filter in force, as it was understood.');

/** First frame of a client that asked for control frames. */
export const helloFrameSchema = z.object({
  event: z.literal('hello'),
  protocol: z.literal(1),
  cursor,
  head: seq.describe('Highest seq so far.'),
  filter,
  batch: z.boolean(),
  ping_interval_ms: z.number().int().positive(),
});

/** Several alerts at once, for clients that asked for batches. */
export const batchFrameSchema = z.object({ event: z.literal('batch'), cursor, alerts: z.array(alertSchema) });

/** Alerts that can no longer be had; the stream goes on behind them. */
export const gapFrameSchema = z.object({
  event: z.literal('gap'),
  from: seq.describe('First seq of the gap.'),
  to: seq.describe('Last seq of the gap.'),
  reason: z
    .enum(['expired', 'too_old', 'ahead_of_stream'])
    .describe(
      'expired: no longer kept. too_old: more than one resume may ask for. ahead_of_stream: the cursor lies beyond all that was ever given (another database?); it is set back to from - 1.',
    ),
});

/** Answer to a `subscribe` message. */
export const subscribedFrameSchema = z.object({
  event: z.literal('subscribed'),
  cursor,
  filter,
  batch: z.boolean(),
});

/** Sent when a replay is done and at every ping interval. */
export const pingFrameSchema = z.object({ event: z.literal('ping'), cursor });

/** A message was not understood; what was subscribed to before still holds. */
export const errorFrameSchema = z.object({ event: z.literal('error'), detail: z.string() });

/** Last frame before the gateway closes the stream. */
export const byeFrameSchema = z.object({
  event: z.literal('bye'),
  reason: z.enum(['restart', 'slow', 'unauthorized', 'too_many_messages', 'replay_failed']),
  cursor,
  retry_after_ms: z.number().int().nonnegative().describe('Come back after this time.'),
});

/** Whatever the gateway sends on `/ws/alerts`. A client that asks for nothing gets `threat` frames only. */
export const alertFrameSchema = z.discriminatedUnion('event', [
  alertSchema,
  batchFrameSchema,
  helloFrameSchema,
  gapFrameSchema,
  subscribedFrameSchema,
  pingFrameSchema,
  errorFrameSchema,
  byeFrameSchema,
]);
export type AlertFrame = z.infer<typeof alertFrameSchema>;
export type GapFrame = z.infer<typeof gapFrameSchema>;
export type ByeReason = z.infer<typeof byeFrameSchema>['reason'];
/** Frames that are no alerts. */
export type ControlFrame = Exclude<AlertFrame, { event: 'threat' | 'batch' }>;
