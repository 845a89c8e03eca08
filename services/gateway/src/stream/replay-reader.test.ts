import { testAlert } from '@vigil/shared/testing/alert';
import { beforeEach, expect, it } from 'vitest';
import type { AlertPage, AlertStore } from './alert-store.ts';
import { ReplayReader } from './replay-reader.ts';

const ALERTS = 6_500;

/** A store that answers each question when the test says so, or fails it. */
let asked: { after: number; answer: () => void; fail: (error: Error) => void }[];
let reader: ReplayReader;
let hub: { head: number; timeline: number };
let stored: number;
beforeEach(() => {
  asked = [];
  stored = ALERTS;
  hub = { head: ALERTS, timeline: 0 };
  const store: AlertStore = {
    page: (after, limit) => {
      const { promise, resolve, reject } = Promise.withResolvers<AlertPage>();
      const alerts = Array.from({ length: Math.min(limit, stored - after) }, (_, index) =>
        testAlert({ seq: after + index + 1 }),
      );
      asked.push({ after, answer: () => resolve({ alerts, upTo: after + alerts.length }), fail: reject });
      return promise;
    },
    lastSeq: async () => stored,
  };
  reader = new ReplayReader(store, hub);
});
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('reads a page once for all who come back together, wherever in it they were', async () => {
  const pages = Promise.all([reader.page(0), reader.page(10), reader.page(999)]);
  await turn();
  expect(asked.map(({ after }) => after)).toEqual([0]);
  asked[0]!.answer();
  expect((await pages).map(({ alerts, upTo }) => [alerts[0]?.seq, upTo])).toEqual([
    [1, 1_000],
    [11, 1_000],
    [1_000, 1_000],
  ]);
});

it('reads a page again that could not be read', async () => {
  const first = reader.page(0);
  await turn();
  asked[0]!.fail(new Error('PostgreSQL is away'));
  await expect(first).rejects.toThrow('PostgreSQL is away');
  const second = reader.page(0);
  await turn();
  asked[1]!.answer();
  expect((await second).upTo).toBe(1_000);
});

it('reads three pages at once, and the next one when one of them is there or has failed', async () => {
  const pages = Promise.allSettled([0, 1_000, 2_000, 3_000, 4_000].map((after) => reader.page(after)));
  await turn();
  expect(asked.map(({ after }) => after)).toEqual([0, 1_000, 2_000]);
  asked[1]!.answer();
  await turn();
  expect(asked.map(({ after }) => after)).toEqual([0, 1_000, 2_000, 3_000]);
  asked[0]!.fail(new Error('PostgreSQL is away'));
  await turn();
  expect(asked.map(({ after }) => after)).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
  for (const { answer } of asked) answer();
  expect((await pages).map(({ status }) => status)).toEqual(['rejected', ...Array<string>(4).fill('fulfilled')]);
});

/** Of a page from after `seq`, the first alert and how far it reaches; the store is asked for it and answers at once. */
async function read(seq: number): Promise<[number | undefined, number]> {
  const page = reader.page(seq);
  await turn();
  for (const { answer } of asked) answer();
  const { alerts, upTo } = await page;
  return [alerts[0]?.seq, upTo];
}

it('reads the last page anew for each who comes later, since there may be more of it', async () => {
  expect(await read(6_000)).toEqual([6_001, 6_500]);
  stored = 6_700;
  expect(await read(6_100)).toEqual([6_101, 6_700]);
});

it('goes on for whoever is further than a page that was being read for somebody else', async () => {
  const first = reader.page(6_000);
  await turn();
  stored = 6_700;
  const second = reader.page(6_500);
  asked[0]!.answer();
  await turn();
  asked[1]!.answer();
  expect((await first).upTo).toBe(6_500);
  expect(await second).toMatchObject({ upTo: 6_700, alerts: { length: 200 } });
});

it('reads every page anew, and waits for nothing of before, once PostgreSQL went back', async () => {
  expect(await read(0)).toEqual([1, 1_000]);
  expect(await read(10)).toEqual([11, 1_000]);
  expect(asked).toHaveLength(1);
  const reached = reader.reached(ALERTS + 1);
  hub.timeline = 1;
  await reached;
  expect(await read(0)).toEqual([1, 1_000]);
  expect(asked).toHaveLength(2);
});
