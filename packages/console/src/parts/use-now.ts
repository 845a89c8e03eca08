import { useEffect, useState } from 'react';
import { gatewayNow } from '../api/gateway-clock.ts';

/** The time, renewed each so many milliseconds, for what counts seconds on the page. */
export function useNow(intervalMs: number): number {
  const [now, setNow] = useState(gatewayNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(gatewayNow()), intervalMs);
    return () => clearInterval(timer);
  }, [intervalMs]);
  return now;
}
