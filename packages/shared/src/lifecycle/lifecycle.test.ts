import { describe, expect, it, vi } from 'vitest';
import { testLogger } from '../testing/test-logger.ts';
import { Lifecycle } from './lifecycle.ts';

const log = testLogger();

describe('Lifecycle', () => {
  it('releases by phase, and within a phase the last acquired first', async () => {
    const order: string[] = [];
    const lifecycle = new Lifecycle(log);
    lifecycle.onStop('connections', 'db', () => void order.push('db'));
    lifecycle.onStop('intake', 'a', () => void order.push('a'));
    lifecycle.onStop('intake', 'b', () => void order.push('b'));
    lifecycle.onStop('flush', 'f', () => void order.push('f'));
    lifecycle.onStop('drain', 'd', () => void order.push('d'));
    expect(await lifecycle.stop('test')).toBe(true);
    expect(order).toEqual(['b', 'a', 'd', 'f', 'db']);
  });

  it('goes on after a release that throws or never ends, and says that it was not clean', async () => {
    const order: string[] = [];
    const lifecycle = new Lifecycle(log, 1);
    lifecycle.onStop('drain', 'hangs', () => new Promise(() => undefined));
    lifecycle.onStop('intake', 'throws', () => {
      throw new Error('no');
    });
    lifecycle.onStop('connections', 'db', () => void order.push('db'));
    expect(await lifecycle.stop('test')).toBe(false);
    expect(order).toEqual(['db']);
  });

  it('gives a release as long as there is until its deadline', async () => {
    const lifecycle = new Lifecycle(log, 60_000);
    lifecycle.onStop('drain', 'takes its time', () => new Promise((resolve) => setTimeout(resolve, 400)));
    expect(await lifecycle.stop('test')).toBe(true);
  });

  it('lets go in order also past its deadline, since to close a connection is quick', async () => {
    const closed: string[] = [];
    const lifecycle = new Lifecycle(log, 0);
    lifecycle.onStop('drain', 'hangs', () => new Promise(() => undefined));
    lifecycle.onStop('connections', 'db', async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      closed.push('db');
    });
    await lifecycle.stop('test');
    expect(closed).toEqual(['db']);
  });

  it('keeps its deadline where the clock is set back meanwhile', async () => {
    const clock = vi.spyOn(Date, 'now');
    try {
      const lifecycle = new Lifecycle(log, 1);
      lifecycle.onStop('intake', 'clock', () => void clock.mockReturnValue(Date.now() - 3_600_000));
      lifecycle.onStop('drain', 'hangs', () => new Promise(() => undefined));
      expect(await lifecycle.stop('test')).toBe(false);
    } finally {
      clock.mockRestore();
    }
  });

  it('stops once, however often it is asked', async () => {
    let times = 0;
    const lifecycle = new Lifecycle(log);
    lifecycle.onStop('intake', 'once', () => void (times += 1));
    await Promise.all([lifecycle.stop('one'), lifecycle.stop('two')]);
    expect(times).toBe(1);
    expect(lifecycle.signal.aborted).toBe(true);
  });
});
