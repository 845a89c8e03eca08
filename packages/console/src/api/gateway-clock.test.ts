import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { gatewayNow, hearDate } from './gateway-clock.ts';

const NOW_MS = Date.UTC(2026, 10, 27, 12);

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'], now: NOW_MS }));
afterEach(() => vi.useRealTimers());

it.each([-365 * 86_400_000, -3_600_000, 3_600_000])(
  'goes by the gateway where it is %i ms from the browser',
  (apartMs) => {
    hearDate(new Date(NOW_MS + apartMs).toUTCString());
    expect(gatewayNow()).toBe(NOW_MS + apartMs);
    vi.setSystemTime(NOW_MS + 5_000);
    expect(gatewayNow()).toBe(NOW_MS + apartMs + 5_000);
    hearDate(null);
    hearDate('no date');
    expect(gatewayNow()).toBe(NOW_MS + apartMs + 5_000);
  },
);

it('goes by the browser where both agree, to the millisecond, also again', () => {
  hearDate(new Date(NOW_MS + 3_600_000).toUTCString());
  hearDate(new Date(NOW_MS - 2_000).toUTCString());
  expect(gatewayNow()).toBe(NOW_MS);
});
