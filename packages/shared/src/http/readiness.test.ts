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

it('says in the log what keeps it from being ready, once, and when that is over', async () => {
  const readiness = new Readiness();
  const said: unknown[] = [];
  const hear = (record: object, message?: string): void => void said.push({ ...record, message });
  readiness.reportTo({ info: hear, warn: hear } as Parameters<typeof readiness.reportTo>[0]);
  const started = readiness.holdUntilStarted();
  let away = true;
  readiness.require('postgres', () => {
    if (away) throw new Error('refused');
  });
  readiness.require('redis', () => undefined);
  await readiness.ready();
  started();
  away = false;
  await readiness.ready();
  expect(said).toEqual([]);
  away = true;
  for (let looks = 0; looks < 3; looks += 1) await readiness.ready();
  away = false;
  await readiness.ready();
  await readiness.ready();
  away = true;
  readiness.drain();
  await readiness.ready();
  expect(said).toEqual([
    { check: 'postgres', reason: 'refused', message: 'a check fails: not ready' },
    { check: 'postgres', message: 'a check passes again' },
  ]);
});

it('says nothing of a process that is only starting', async () => {
  const readiness = new Readiness();
  const said: unknown[] = [];
  const hear = (record: object): void => void said.push(record);
  readiness.reportTo({ info: hear, warn: hear } as Parameters<typeof readiness.reportTo>[0]);
  readiness.holdUntilStarted();
  for (let looks = 0; looks < 3; looks += 1) expect((await readiness.ready()).ok).toBe(false);
  expect(said).toEqual([]);
});

it('asks a server once for all who want to know at the same time, and anew for the next', async () => {
  const readiness = new Readiness();
  let asked = 0;
  const check = async (): Promise<void> => void (asked += 1);
  readiness.require('postgres', check);
  readiness.requireAlive('consumer', check);
  await Promise.all(Array.from({ length: 50 }, () => readiness.ready()));
  await Promise.all(Array.from({ length: 50 }, () => readiness.alive()));
  expect(asked).toBe(2);
  expect(await readiness.ready()).toEqual({ ok: true, checks: [{ name: 'postgres', ok: true }] });
  expect(asked).toBe(3);
});
