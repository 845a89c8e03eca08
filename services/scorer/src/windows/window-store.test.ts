import type { ParsedRequest } from '@vigil/shared/contracts';
import { testServices } from '@vigil/dev-services/test-services';
import { requestOf } from '@vigil/detection/rules/example-request';
import { BatchWindows, type Visit } from '@vigil/detection/windows/batch-windows';
import type { WindowDelta } from '@vigil/detection/windows/window-delta';
import { BUCKET_FIELDS, F, MINUTES_KEPT } from '@vigil/detection/windows/bucket';
import { hashText } from '@vigil/detection/windows/hash';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createMemoryWindowStore } from './memory-window-store.ts';
import { createRedisWindowStore } from './redis-window-store.ts';
import { BATCH_TTL_MS, MINUTES_TTL_MS, PERIODS_TTL_MS, type WindowStore } from './window-store.ts';

const START_MS = Date.UTC(2026, 2, 2);
const NO_EVIDENCE = { matches: [], weakHits: [], shadowMatches: new Map() };
const ATTACK = {
  ...NO_EVIDENCE,
  matches: [
    {
      rule: 'r',
      class: 'C',
      score: 0.4,
      field: 'path' as const,
      decoded: [],
      excerpt: '',
      span: [0, 0] as [number, number],
    },
  ],
  weakHits: ['r'],
};

function request(ip: string, second: number, part: Partial<ParsedRequest> = {}): ParsedRequest {
  return requestOf({
    timestampMs: START_MS + second * 1000,
    sourceIp: ip,
    target: `/page/${second}`,
    status: second % 4 === 0 ? 404 : 200,
    bytes: 100.5 + second,
    userAgent: `agent ${second % 3}`,
    ...part,
  });
}

function deltasOf(requests: readonly ParsedRequest[]): WindowDelta[] {
  const windows = new BatchWindows();
  for (const [line, one] of requests.entries()) {
    windows.add(line, one);
    windows.addEvidence(line, one, ATTACK);
  }
  return windows.deltas();
}

const sorted = (buckets: Float64Array): number[][] =>
  Array.from({ length: buckets.length / BUCKET_FIELDS }, (_value, index) =>
    Array.from(buckets.slice(index * BUCKET_FIELDS, (index + 1) * BUCKET_FIELDS)),
  ).sort((a, b) => a[F.PERIOD]! - b[F.PERIOD]!);

const numbered = (count: number): number[] => Array.from({ length: count }, (_value, index) => index);

let redisUrl = '';
let redis: Redis;
beforeAll(async () => {
  ({ redisUrl } = await testServices(['redis']));
  redis = new Redis(redisUrl);
});
afterAll(() => redis.disconnect());

describe.each(['memory', 'redis'] as const)('the window store in %s', (kind) => {
  let made = 0;
  const create = (): WindowStore => {
    made += 1;
    return kind === 'memory' ? createMemoryWindowStore() : createRedisWindowStore(redisUrl, { prefix: `t${made}` });
  };
  const withStore = async (use: (store: WindowStore) => Promise<void>): Promise<void> => {
    const store = create();
    try {
      await ready(store);
      await use(store);
    } finally {
      await store.close();
    }
  };

  it('returns histories that include the batch', () =>
    withStore(async (store) => {
      const deltas = deltasOf(numbered(150).map((i) => request('192.0.2.1', i)));
      const history = (await store.apply('b1', deltas))('192.0.2.1')!;
      expect(sorted(history.minutes)).toEqual(deltas[0]!.minutes.map((bucket) => Array.from(bucket)));
      expect(sorted(history.periods)).toEqual(deltas[0]!.periods.map((bucket) => Array.from(bucket)));
    }));

  it('counts a batch once, however often it is applied, and answers alike', () =>
    withStore(async (store) => {
      const deltas = deltasOf(numbered(90).map((i) => request('192.0.2.1', i)));
      const first = (await store.apply('b1', deltas))('192.0.2.1')!;
      const again = (await store.apply('b1', deltas))('192.0.2.1')!;
      expect(sorted(again.minutes)).toEqual(sorted(first.minutes));
      expect(sorted(again.periods)).toEqual(sorted(first.periods));
    }));

  it('merges batches to the same state in whatever order they come', () =>
    withStore(async (store) => {
      const batches = numbered(6).map((batch) =>
        deltasOf(numbered(40).map((i) => request(`192.0.2.${i % 2}`, batch * 25 + i))),
      );
      for (const [index, deltas] of batches.entries()) await store.apply(`forward-${index}`, deltas);
      await withStore(async (other) => {
        for (const [index, deltas] of batches.toReversed().entries()) await other.apply(`back-${index}`, deltas);
        const probe = deltasOf([request('192.0.2.0', 100_000), request('192.0.2.1', 100_000)]);
        const forward = await store.apply('probe', probe);
        const backward = await other.apply('probe', probe);
        for (const ip of ['192.0.2.0', '192.0.2.1'])
          expect(sorted(forward(ip)!.minutes)).toEqual(sorted(backward(ip)!.minutes));
      });
    }));

  const minutesIn = (history: { minutes: Float64Array } | undefined): number[] =>
    sorted(history!.minutes).map((bucket) => bucket[F.PERIOD]! - START_MS / 60_000);

  it('keeps a bounded number of minutes, the newest and of the others those written to last, whatever times a log claims', () =>
    withStore(async (store) => {
      const deltas = deltasOf(numbered(40).map((minute) => request('192.0.2.1', minute * 60)));
      await store.apply('long', deltas);
      const future = deltasOf([request('192.0.2.1', 0, { timestampMs: Date.UTC(2999, 0, 1) })]);
      expect(minutesIn((await store.apply('future', future))('192.0.2.1')).slice(0, -1)).toEqual(
        numbered(MINUTES_KEPT - 1).map((i) => 40 - MINUTES_KEPT + 1 + i),
      );
      const past = numbered(100).map((minute) => request('192.0.2.1', (minute - 10_000) * 60));
      const minutes = minutesIn((await store.apply('past', deltasOf(past)))('192.0.2.1'));
      expect(minutes.slice(0, MINUTES_KEPT)).toEqual(numbered(MINUTES_KEPT).map((i) => i - 9_900 - MINUTES_KEPT));
      expect(minutes).toHaveLength(2 * MINUTES_KEPT);
    }));

  it('takes a minute that is written to again for one of those written to last', () =>
    withStore(async (store) => {
      const ip = '192.0.2.1';
      const past = (minute: number): WindowDelta[] => deltasOf([request(ip, (minute - 10_000) * 60)]);
      await store.apply('newest', deltasOf(numbered(MINUTES_KEPT).map((minute) => request(ip, minute * 60))));
      for (const minute of numbered(MINUTES_KEPT)) await store.apply(`past ${minute}`, past(minute));
      await store.apply('again', past(0));
      const minutes = minutesIn((await store.apply('one more', past(MINUTES_KEPT)))(ip));
      const kept = [0, ...numbered(MINUTES_KEPT - 1).map((i) => i + 2)];
      expect(minutes.slice(0, MINUTES_KEPT)).toEqual(kept.map((minute) => minute - 10_000));
    }));

  it('keeps the newest minutes in whatever order they come', () =>
    withStore(async (store) => {
      const late = numbered(MINUTES_KEPT - 1).map((i) => (i < 5 ? i : i + 1));
      let minutes: number[] = [];
      for (const minute of [5, ...late, MINUTES_KEPT])
        minutes = minutesIn(
          (await store.apply(`${minute}`, deltasOf([request('192.0.2.1', minute * 60)])))('192.0.2.1'),
        );
      expect(minutes.slice(-MINUTES_KEPT)).toEqual(numbered(MINUTES_KEPT).map((i) => i + 1));
    }));

  it('goes on counting where a clock is set back by an hour', () =>
    withStore(async (store) => {
      for (const minute of numbered(20))
        await store.apply(`before-${minute}`, deltasOf([request('192.0.2.1', minute * 60)]));
      const counts: (number | undefined)[] = [];
      for (const second of numbered(30)) {
        const history = await store.apply(`after-${second}`, deltasOf([request('192.0.2.1', second - 3_600)]));
        counts.push(sorted(history('192.0.2.1')!.minutes)[0]![F.REQUESTS]);
      }
      expect(counts).toEqual(numbered(30).map((i) => i + 1));
    }));

  it('knows what was counted while the clock of a scorer is a day ahead', () =>
    withStore(async (store) => {
      const count = async (batch: string): Promise<number> =>
        (await store.apply(batch, deltasOf([request('192.0.2.1', 1)])))('192.0.2.1')!.minutes[F.REQUESTS]!;
      const counts = [await count('right')];
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_000 });
      try {
        counts.push(await count('ahead'));
      } finally {
        vi.useRealTimers();
      }
      counts.push(await count('right again'));
      expect(counts).toEqual([1, 2, 3]);
    }));

  it('serves more clients than one call takes, and says nothing of those that are not wanted', () =>
    withStore(async (store) => {
      const clients = 2_500;
      const windows = new BatchWindows();
      for (const i of numbered(clients)) {
        const one = request(`client-${i}`, i, { status: 200 });
        windows.add(i, one);
        windows.addEvidence(i, one, i % 2 === 0 ? ATTACK : NO_EVIDENCE);
      }
      const histories = await store.apply('many', windows.deltas());
      expect(numbered(clients).filter((i) => (histories(`client-${i}`) === undefined) === (i % 2 === 0))).toEqual([]);
      const requestsOf = (i: number) => histories(`client-${i}`)?.minutes[F.REQUESTS];
      expect(numbered(clients).filter((i) => i % 2 === 0 && requestsOf(i) !== 1)).toEqual([]);
    }));

  it('finds a spray whose tries come in batches to several scorers, some of them again and none in order', () =>
    withStore(async (store) => {
      const batches = numbered(60).map((batch) => {
        const windows = new BatchWindows();
        const tries = numbered(5).map((i) => {
          const second = batch * 4 + (i % 2);
          return request(`198.51.${batch}.${i}`, second, { method: 'POST', target: '/login', status: 401 });
        });
        for (const [line, one] of tries.entries()) windows.add(line, one);
        return { windows, tries, id: `spray-${batch}` };
      });
      const rules: string[] = [];
      const score = async ({ windows, tries, id }: (typeof batches)[number]): Promise<void> => {
        const histories = await store.apply(id, windows.deltas());
        const visit: Visit = (_line, _request, _evidence, behaviour) =>
          void rules.push(...behaviour.map(({ rule }) => rule));
        windows.walk(histories, (line) => tries[line]!, visit);
      };
      const mixed = batches.toSorted((a, b) => hashText(a.id) - hashText(b.id));
      for (let from = 0; from < mixed.length; from += 6) {
        await Promise.all(mixed.slice(from, from + 6).map(score));
        await score(mixed[from]!);
      }
      expect(new Set(rules)).toEqual(new Set(['LOGIN_SPRAY']));
      expect(rules.length).toBeGreaterThan(10);
      const [first] = batches;
      const login = first!.windows.deltas().at(-1)!.key;
      const { minutes } = (await store.apply('spray-0', first!.windows.deltas()))(login)!;
      expect(sorted(minutes).map((bucket) => bucket[F.REQUESTS])).toEqual([75, 75, 75, 75]);
    }));

  it('counts every batch once under concurrent writers', () =>
    withStore(async (store) => {
      const deltas = numbered(20).map((batch) => deltasOf([request('192.0.2.9', 1, { bytes: 2 ** batch })]));
      await Promise.all([0, 1].flatMap(() => deltas.map((delta, index) => store.apply(`c-${index}`, delta))));
      const history = (await store.apply('c-0', deltas[0]!))('192.0.2.9')!;
      expect(history.minutes[F.BYTES]).toBe(2 ** 20 - 1);
      expect(history.minutes[F.REQUESTS]).toBe(20);
    }));
});

describe('the window store in Redis', () => {
  it('works on when Redis forgot its scripts and data', async () => {
    const store = createRedisWindowStore(redisUrl, { prefix: 'forget' });
    await ready(store);
    const deltas = deltasOf([request('192.0.2.1', 1)]);
    await store.apply('b1', deltas);
    await redis.script('FLUSH');
    await redis.flushall();
    expect((await store.apply('b2', deltas))('192.0.2.1')!.minutes[F.REQUESTS]).toBe(1);
    await store.close();
  });

  it('keeps a busy client’s history short and exact while several scorers add to it', async () => {
    const stores = [0, 1].map(() => createRedisWindowStore(redisUrl, { prefix: 'busy' }));
    for (const store of stores) await ready(store);
    const batches = numbered(400).map((batch) => deltasOf([request('192.0.2.7', batch % 120, { bytes: 1 })]));
    await Promise.all(
      stores.map(async (store, turn) => {
        for (const [index, deltas] of batches.entries())
          if (index % 2 === turn) await store.apply(`busy-${index}`, deltas);
      }),
    );
    const [key] = await redis.keys('busy:windows:m:*');
    expect(await redis.hstrlen(key!, '192.0.2.7')).toBeLessThan(1500);
    const history = sorted((await stores[0]!.apply('busy-0', batches[0]!))('192.0.2.7')!.minutes);
    expect(history.map((bucket) => bucket[F.REQUESTS])).toEqual([220, 180]);
    expect(history.map((bucket) => bucket[F.BYTES])).toEqual([220, 180]);
    for (const store of stores) await store.close();
  });

  it('keeps the history of a login short that every batch of an attack adds to', async () => {
    const store = createRedisWindowStore(redisUrl, { prefix: 'hot' });
    await ready(store);
    const attack = (batch: number): ParsedRequest[] =>
      numbered(20).map((i) => request(`198.${batch}.${i}`, batch, { method: 'POST', target: '/login', status: 401 }));
    const deltas = numbered(500).map((batch) => deltasOf(attack(batch)));
    for (const [index, one] of deltas.entries()) await store.apply(`hot-${index}`, one);
    const login = deltas[0]!.at(-1)!.key;
    const keys = await redis.keys('hot:windows:[ms]:*');
    const lengths = await Promise.all(keys.map((key) => redis.hstrlen(key, login)));
    expect(lengths.filter((length) => length > 0)).toHaveLength(2);
    expect(Math.max(...lengths)).toBeLessThan(2500);
    await store.close();
  });

  it('remembers what was written in the epoch before', async () => {
    const store = createRedisWindowStore(redisUrl, { prefix: 'epoch' });
    await ready(store);
    const deltas = deltasOf([request('192.0.2.1', 1)]);
    await store.apply('b1', deltas);
    for (const key of await redis.keys('epoch:windows:[ms]:*')) {
      const parts = key.split(':');
      await redis.rename(key, parts.with(3, String(Number(parts[3]) - 1)).join(':'));
    }
    const history = (await store.apply('b2', deltas))('192.0.2.1')!;
    expect([history.minutes[F.REQUESTS], history.periods[F.REQUESTS]]).toEqual([2, 2]);
    await store.close();
  });

  it('lets every key expire, histories at the end of the epoch after theirs', async () => {
    const store = createRedisWindowStore(redisUrl, { prefix: 'expire' });
    await ready(store);
    await store.apply('b1', deltasOf([request('192.0.2.1', 1)]));
    const keys = await redis.keys('expire:*');
    expect(keys).toHaveLength(3);
    for (const key of keys) {
      const [[, ttlMs], [, [seconds]]] = (await redis.multi().pttl(key).time().exec()) as [
        [null, number],
        [null, [string, string]],
      ];
      expect(ttlMs).toBeGreaterThan(0);
      const [, , kind, epoch] = key.split(':');
      const epochMs = kind === 'm' ? MINUTES_TTL_MS : PERIODS_TTL_MS;
      const ofEpochMs = (Number(epoch) + 2) * epochMs - Number(seconds) * 1_000;
      // It may have taken a moment to get there.
      expect(Math.abs(ttlMs - (kind === 'b' ? BATCH_TTL_MS : ofEpochMs))).toBeLessThan(60_000);
    }
    await store.close();
  });

  it('merges nothing where Redis is out of memory, and says so', async () => {
    const store = createRedisWindowStore(redisUrl, { prefix: 'oom' });
    await ready(store);
    await redis.config('SET', 'maxmemory', '1');
    await expect(store.apply('b1', deltasOf([request('192.0.2.1', 1)]))).rejects.toThrow(/OOM/);
    await redis.config('SET', 'maxmemory', '0');
    expect(await redis.keys('oom:*')).toEqual([]);
    await store.close();
  });
});

describe('the window store in memory', () => {
  it('forgets quiet clients in time and the quietest where there are too many', async () => {
    let nowMs = 0;
    const store = createMemoryWindowStore({ clientsMax: 2, now: () => nowMs });
    const count = async (batch: string, ip: string): Promise<number> =>
      (await store.apply(batch, deltasOf([request(ip, 1)])))(ip)!.minutes[F.REQUESTS]!;
    expect([await count('1', 'a'), await count('2', 'b'), await count('3', 'a')]).toEqual([1, 1, 2]);
    expect([await count('4', 'c'), await count('5', 'b')]).toEqual([1, 1]);
    nowMs += 3_600_000;
    expect(await count('6', 'b')).toBe(1);
  });

  it('keeps the slow buckets of a client however many others come that have none', async () => {
    const store = createMemoryWindowStore({ clientsMax: 2 });
    const quick = (ip: string): WindowDelta[] => deltasOf([request(ip, 1)]).map((delta) => ({ ...delta, periods: [] }));
    await store.apply('1', deltasOf([request('a', 1)]));
    for (const ip of ['b', 'c', 'd']) await store.apply(ip, quick(ip));
    const { minutes, periods } = (await store.apply('2', quick('a')))('a')!;
    expect([minutes[F.REQUESTS], periods.length]).toEqual([1, BUCKET_FIELDS]);
    expect((await store.apply('3', quick('e')))('e')!.periods).toHaveLength(0);
  });

  it('knows a batch again for as long as it keeps the minutes that it would count twice', async () => {
    let nowMs = 0;
    const store = createMemoryWindowStore({ now: () => nowMs });
    const count = async (batch: string): Promise<number> =>
      (await store.apply(batch, deltasOf([request('a', 1)])))('a')!.minutes[F.REQUESTS]!;
    expect(await count('1')).toBe(1);
    nowMs += MINUTES_TTL_MS - 1;
    expect([await count('1'), await count('2')]).toEqual([1, 2]);
    nowMs += MINUTES_TTL_MS;
    expect(await count('3')).toBe(1);
  });
});

async function ready(store: WindowStore): Promise<void> {
  for (;;) {
    try {
      await store.ping();
      return;
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
