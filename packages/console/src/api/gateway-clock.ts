/** A `Date` header tells whole seconds and comes a little late: clocks that are no further apart agree. */
const APART_MIN_MS = 30_000;

/** By how much the gateway's clock is ahead of the browser's, ms. */
let aheadMs = 0;

/** Takes in the `Date` header of an answer of the gateway. */
export function hearDate(header: string | null): void {
  const apartMs = header === null ? Number.NaN : Date.parse(header) - Date.now();
  if (Number.isNaN(apartMs)) return;
  aheadMs = Math.abs(apartMs) < APART_MIN_MS ? 0 : apartMs;
}

/** The present by the gateway's clock, epoch ms: the browser's may be hours or years off, and what it shows is the gateway's. */
export function gatewayNow(): number {
  return Date.now() + aheadMs;
}
