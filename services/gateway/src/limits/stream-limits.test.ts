import { Registry } from '@vigil/shared/metrics/metrics';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { createStreamMetrics, type StreamMetrics } from '../stream/stream-metrics.ts';
import { StreamLimits } from './stream-limits.ts';

const SETTINGS = {
  WS_CONNECTIONS_MAX: 100,
  WS_CONNECTIONS_PER_IP_MAX: 100,
  WS_CONNECTIONS_PER_KEY_MAX: 100,
  WS_CONNECTS_PER_SECOND_MAX: 2,
};
let metrics: StreamMetrics;
let limits: StreamLimits;
beforeEach(() => {
  metrics = createStreamMetrics(new Registry());
  limits = new StreamLimits(SETTINGS, metrics);
  // The clock stands: nobody gets anything back.
  const now = vi.spyOn(performance, 'now').mockReturnValue(0);
  onTestFinished(() => now.mockRestore());
});

/** 101, or the status of the refusal. */
async function connect(address: string, keyName: string | undefined): Promise<number> {
  const admit = async () => {
    if (keyName === undefined) throw Object.assign(new Error('no key'), { problem: { status: 401 } });
    return { access: { name: keyName } };
  };
  try {
    await limits.admitConnect(address, admit);
    return 101;
  } catch (error) {
    return (error as { problem: { status: number } }).problem.status;
  }
}

async function connects(count: number, address: string, keyName?: string): Promise<number[]> {
  const statuses: number[] = [];
  while (statuses.length < count) statuses.push(await connect(address, keyName));
  return statuses;
}

const refusals = async (): Promise<Record<string, number>> =>
  Object.fromEntries((await metrics.refused.get()).values.map(({ labels, value }) => [labels.reason, value]));

it('lets five seconds’ worth of connections in at once, of each key at each address, and of strangers at one together', async () => {
  const atOnce = 5 * SETTINGS.WS_CONNECTS_PER_SECOND_MAX;
  const all = (status: number): number[] => Array<number>(atOnce).fill(status);
  expect(await connects(atOnce + 1, '192.0.2.1')).toEqual([...all(401), 429]);
  expect(await connects(atOnce + 1, '192.0.2.1', 'one')).toEqual([...all(101), 429]);
  expect(await connects(atOnce, '192.0.2.1', 'another')).toEqual(all(101));
  expect(await connects(atOnce, '192.0.2.2', 'one')).toEqual(all(101));
  expect(await refusals()).toEqual({ connect_rate: 2 });
});

it('lets nobody in once it is shut, and looks no key up for that', async () => {
  limits.shut();
  const admit = vi.fn<() => Promise<{ access: { name: string } }>>();
  const stopping = { problem: { status: 503, retry_after_seconds: 1 } };
  await expect(limits.admitConnect('192.0.2.1', admit)).rejects.toMatchObject(stopping);
  expect(admit).not.toHaveBeenCalled();
  expect(await refusals()).toEqual({ stopping: 1 });
});

it('opens no connection of somebody whose key was being looked up when it was shut', async () => {
  const admit = async () => ({ access: { name: 'one' } });
  const { access } = await limits.admitConnect('192.0.2.1', admit);
  limits.shut();
  expect(() => limits.openConnection('192.0.2.1', access.name)).toThrow('This gateway is stopping');
});
