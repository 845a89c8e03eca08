/**
 * Of `Retry-After` (RFC 9110, 10.2.3), seconds or a date, milliseconds; 0 where it says nothing that can be followed.
 * @param maxMs what it gives at most, whatever is asked for
 */
export function retryAfterMs(value: string | null, maxMs: number): number {
  if (value === null) return 0;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), maxMs);
}
