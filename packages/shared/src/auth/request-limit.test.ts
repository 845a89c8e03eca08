import type { FastifyRequest } from 'fastify';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RequestLimit } from './request-limit.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

const request = (key: string, ip = '192.0.2.1'): FastifyRequest =>
  ({ headers: { 'x-api-key': key }, ip }) as unknown as FastifyRequest;

function limited(perMinuteMax: number) {
  const onRefused = vi.fn();
  const verifyKey = async (key: string) =>
    key.startsWith('key-') ? { name: key, scopes: ['read'] as const } : undefined;
  const limit = new RequestLimit({ perMinuteMax, verifyKey, onRefused });
  /** 200, or what is refused with. */
  const statusOf = (...given: Parameters<typeof request>): Promise<unknown> =>
    limit
      .admit('read')(request(...given))
      .then(
        () => 200,
        (error: { problem: { status: number } }) => error.problem.status,
      );
  return { limit, statusOf, onRefused };
}

it('lets each key have a quarter of its minute at once, and the rest as time goes on', async () => {
  const { limit, statusOf, onRefused } = limited(8);
  expect([await statusOf('key-a'), await statusOf('key-a', '192.0.2.2')]).toEqual([200, 200]);
  expect(onRefused).not.toHaveBeenCalled();
  await expect(limit.admit('read')(request('key-a'))).rejects.toMatchObject({
    problem: { status: 429, detail: 'More than 8 requests a minute.', retry_after_seconds: 8 },
    headers: { 'retry-after': '8' },
  });
  expect(onRefused).toHaveBeenCalledOnce();
  expect(await statusOf('key-b')).toBe(200);
  vi.advanceTimersByTime(7_000);
  expect(await statusOf('key-a')).toBe(429);
  vi.advanceTimersByTime(1_000);
  expect([await statusOf('key-a'), await statusOf('key-a')]).toEqual([200, 429]);
});

it('lets something in however few requests a minute may have', async () => {
  const { statusOf } = limited(1);
  expect([await statusOf('key-a'), await statusOf('key-a')]).toEqual([200, 429]);
  vi.advanceTimersByTime(60_000);
  expect(await statusOf('key-a')).toBe(200);
});

it('counts guesses by address and apart from what keys send from there', async () => {
  const { statusOf, onRefused } = limited(4);
  expect([await statusOf('guess'), await statusOf('guess'), await statusOf('guess', '192.0.2.2')]).toEqual([
    401, 429, 401,
  ]);
  expect([await statusOf('guess', '2001:db8::1'), await statusOf('guess', '2001:db8::2')]).toEqual([401, 429]);
  expect(await statusOf('key-a')).toBe(200);
  expect(onRefused).toHaveBeenCalledTimes(2);
});

it('knows whose request it let in, and nobody of one that it refused', async () => {
  const { limit } = limited(4);
  const [first, second] = [request('key-a'), request('key-a')];
  await limit.admit('read')(first);
  await expect(limit.admit('read')(second)).rejects.toMatchObject({ problem: { status: 429 } });
  expect(limit.principalOf(first)).toEqual({ name: 'key-a', scopes: ['read'] });
  expect(limit.principalOf(second)).toBeUndefined();
});
