import { expect, it } from 'vitest';
import { Readiness } from './readiness.ts';

it('is ready only once the process has started, its checks pass and it does not drain', async () => {
  const readiness = new Readiness();
  const started = readiness.holdUntilStarted();
  expect(await readiness.ready()).toMatchObject({ ok: false, checks: [{ name: 'started' }] });
  started();
  expect(await readiness.ready()).toEqual({ ok: true, checks: [] });
  readiness.require('postgres', () => {
    throw new Error('refused');
  });
  expect(await readiness.ready()).toEqual({ ok: false, checks: [{ name: 'postgres', ok: false, reason: 'refused' }] });
  expect(await readiness.alive()).toEqual({ ok: true, checks: [] });
  readiness.drain();
  expect(await readiness.ready()).toMatchObject({ ok: false, checks: [{ name: 'draining' }] });
});
