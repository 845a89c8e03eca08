import { z } from 'zod';

export const rangeSchema = z.enum(['1h', '6h', '24h', '7d', '30d']);
export type Range = z.infer<typeof rangeSchema>;

const HOUR_MS = 3_600_000;
const RANGE_MS: Record<Range, number> = {
  '1h': HOUR_MS,
  '6h': 6 * HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 7 * 24 * HOUR_MS,
  '30d': 30 * 24 * HOUR_MS,
};

/** [since, until) of a range that ends now. */
export function rangeBounds(range: Range, nowMs: number): { since: Date; until: Date } {
  return { since: new Date(nowMs - RANGE_MS[range]), until: new Date(nowMs) };
}
