import { z } from 'zod';
import { alertFilterShape } from '@vigil/shared/alerts/alert-filter';
import type { Encoding } from './frames.ts';
import type { SubscriptionRequest } from './subscription.ts';

/** Digits and nothing else: an empty one, as of a variable that was never set, would be the beginning of all alerts. */
const seq = z.string().regex(/^\d+$/, 'must be a seq').transform(Number).pipe(z.int());
const yes = z
  .enum(['1', 'true', '0', 'false'], { error: 'must be 1 or 0' })
  .default('0')
  .transform((value) => value === '1' || value === 'true');

/** Query of `/ws/alerts` and `/alerts/stream`. Strict: a filter that is misspelt and ignored would let everything through. */
export const streamQuerySchema = z.strictObject({
  ...alertFilterShape,
  after: seq.optional().describe('Resume after this seq: what was missed comes first.'),
  batch: yes.describe('1: several alerts in one frame, coalesced for at most 20 ms.'),
  control: yes.describe('1: also hello, ping, gap and bye frames; implied by after and batch.'),
  ticket: z.string().optional().describe('For browsers, which can send no key: what POST /ws/ticket gave.'),
});

/** What a client may send. */
export const clientMessageSchema = z.strictObject({
  type: z.literal('subscribe'),
  ...alertFilterShape,
  after: z.number().int().nonnegative().optional(),
  batch: z.boolean().optional(),
});

/** @throws ZodError */
export function parseStreamQuery(params: URLSearchParams): { request: SubscriptionRequest; encoding: Encoding } {
  const given: Record<string, unknown> = {};
  for (const name of new Set(params.keys())) {
    const values = params.getAll(name);
    given[name] = values.length === 1 ? values[0] : values;
  }
  const { after, batch, control, ticket: _, ...filter } = streamQuerySchema.parse(given);
  const frames = control || after !== undefined ? 'frames' : 'plain';
  return { request: { filter, batch, after }, encoding: batch ? 'batch' : frames };
}
