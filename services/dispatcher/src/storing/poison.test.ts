import type { ScoredBatch, ScoredRequest } from '@vigil/shared/contracts';
import type { Database } from '@vigil/shared/storage/database';
import { isTooSlow, sqlState } from '@vigil/shared/storage/database-errors';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { EventStore } from './event-store.ts';
import { Partitions } from './partitions.ts';
import { storeIsolatingPoison, watched } from './poison.ts';
import { batch, detection } from '../testing/scored-batch.ts';

let database: Database;
let store: EventStore;

beforeAll(async () => {
  database = await openTestDatabase();
  store = new EventStore(database, new Partitions(database));
});
afterAll(() => database.close());

/** Text that no compression makes fit into an index. */
function incompressible(length: number): string {
  let text = '';
  for (let seed = 1; text.length < length; seed = (seed * 48_271) % 2_147_483_647) text += seed.toString(36);
  return text.slice(0, length);
}

/** Positions and reasons of the dead lines of a source. */
function deadLines(source: string): Promise<{ position: number; reason: string }[]> {
  return database.query(`select position::int, reason from dead_letters where source = $1`, [source]);
}

describe('a group in which one event cannot be stored', () => {
  const poison: [string, Partial<ScoredRequest>, RegExp][] = [
    ['a NUL', { line: 'a \0 b' }, /encoding/],
    ['an address that no index holds', { sourceIp: incompressible(8_000) }, /index row/],
    ['a number beyond the column', { bytes: 1e30 }, /bigint/],
  ];
  it.each(poison)('gives up the one with %s and stores the rest', async (what, fields, reason) => {
    const events = [0, 1, 2, 3].map((position) => detection(what, position, position === 2 ? fields : {}));
    const other = batch(`${what}, other`, [detection(`${what}, other`, 0)]);
    const { stored } = await storeIsolatingPoison(store, [batch(what, events), other]);
    expect(stored.map(({ source, position }) => [source, position])).toEqual([
      [what, 0],
      [what, 1],
      [what, 3],
      [other.source, 0],
    ]);
    expect(await deadLines(what)).toEqual([{ position: 2, reason: expect.stringMatching(reason) }]);
  });

  it.each([
    ['looks for it', 'events', 1],
    ['stores the rest', 'batches', 2],
  ])('gives up nothing for what passes with time while it %s', async (when, table, time) => {
    await database.query(
      `create sequence times;
       create function collide() returns trigger language plpgsql as $$ begin
         if nextval('times') = ${time} then raise 'a deadlock' using errcode = 'deadlock_detected'; end if;
         return null;
       end $$;
       create trigger collide before insert on ${table} for each statement execute function collide()`,
    );
    onTestFinished(async () => void (await database.query('drop function collide cascade; drop sequence times')));
    const poisoned = batch(when, [detection(when, 0), detection(when, 1, { line: 'a \0 b' })]);
    await expect(storeIsolatingPoison(store, [poisoned])).rejects.toThrow('a deadlock');
    expect(await deadLines(when)).toEqual([]);
    const { stored } = await storeIsolatingPoison(store, [poisoned]);
    expect(stored.map(({ position }) => position)).toEqual([0]);
    expect(await deadLines(when)).toEqual([{ position: 1, reason: expect.stringMatching(/encoding/) }]);
  });

  it('gives up the one of a day too many and stores the rest', async () => {
    const source = 'days';
    await storeIsolatingPoison(store, [batch(source, [detection(source, 0)])]);
    const [held] = await database.query<{ days: number }>(
      `select count(*)::int as days from pg_inherits where inhparent = 'events'::regclass`,
    );
    const full = new EventStore(database, new Partitions(database, held!.days));
    const events = [detection(source, 1), detection(source, 2, { timestampMs: 0 }), detection(source, 3)];
    const { stored, dead } = await storeIsolatingPoison(full, [batch(source, events)]);
    expect([stored.length, dead]).toEqual([2, { line: 1, job: 0 }]);
    expect(await deadLines(source)).toEqual([
      { position: 2, reason: expect.stringMatching(/1970-01-01 would be one day more/) },
    ]);
  });

  it('stores what happens today however many other days there are', async () => {
    const source = 'today';
    const full = new EventStore(database, new Partitions(database, 0));
    const daysAhead = [0, -3, 1, 30, -30];
    const events = daysAhead.map((days, position) =>
      detection(source, position, { timestampMs: Date.now() + days * 86_400_000 }),
    );
    const { stored } = await storeIsolatingPoison(full, [batch(source, events)]);
    expect(stored.map(({ position }) => daysAhead[position])).toEqual([0, -3, 1]);
  });
});

it('says of all of a group what was stored before and what became a dead letter, wherever in it that stood', async () => {
  const group = ['left', 'right'].flatMap((half) => {
    const one = (what: string, fields: Partial<ScoredRequest> = {}): ScoredBatch =>
      batch(`${half} ${what}`, [detection(`${half} ${what}`, 0, fields)]);
    return [one('repeated'), one('line', { line: 'a \0 b' }), { ...one('job'), source: `${half} \0` }, one('fine')];
  });
  await store.store([group[0]!, group[4]!]);
  const { stored, ...counts } = await storeIsolatingPoison(store, group);
  expect(stored.map(({ source }) => source)).toEqual(['left fine', 'right fine']);
  expect(counts).toEqual({ repeatedBatches: 2, dead: { line: 2, job: 2 } });
});

describe('a group with what PostgreSQL takes for the same', () => {
  it('counts paths together that begin alike and are cut within a character', async () => {
    const source = 'cut';
    const begin = `/${'a'.repeat(510)}`;
    const events = ['\u{1f600}', '\u{1d4b3}'].map((character, position) =>
      detection(source, position, { path: `${begin}${character}`, timestampMs: Date.UTC(2026, 2, 3) }),
    );
    const { stored } = await storeIsolatingPoison(store, [batch(source, events)]);
    expect(stored).toHaveLength(2);
    const [tally] = await database.query<{ events: string }>(`select events from path_tallies where path like $1`, [
      `${begin}%`,
    ]);
    expect(Number(tally?.events)).toBe(2);
  });

  it('tells an event once that two batches bring', async () => {
    const source = 'overlap';
    const events = [0, 1, 2].map((position) => detection(source, position));
    const { stored } = await storeIsolatingPoison(store, [
      batch(source, events.slice(0, 2)),
      { ...batch(source, events.slice(1)), id: 'again' },
    ]);
    expect(stored.map(({ position }) => position)).toEqual([0, 1, 2]);
    const told = await database.query<{ event_id: string }>(`select event_id from outbox where event_id = any($1)`, [
      events.map(({ id }) => id),
    ]);
    expect(told).toHaveLength(3);
  });
});

describe('a group in which one batch cannot be stored for what is no event of it', () => {
  const poison: [string, (batch: ScoredBatch) => ScoredBatch][] = [
    ['a source that no index holds', (one) => ({ ...one, source: incompressible(8_000) })],
    ['a NUL in its source', (one) => ({ ...one, source: 'a \0 b' })],
    ['an id that no index holds', (one) => ({ ...one, id: incompressible(8_000) })],
  ];
  it.each(poison)('gives up the one with %s and stores the rest', async (what, spoil) => {
    const other = batch(`${what}, other`, [detection(`${what}, other`, 0)]);
    const spoilt = spoil(batch(what, [detection(what, 0)]));
    const { stored } = await storeIsolatingPoison(store, [spoilt, other]);
    expect(stored.map(({ source }) => source)).toEqual([other.source]);
    const letters = await database.query<{ payload: string }>(
      `select payload from dead_letters where kind = 'job' and source = 'scored' and payload like $1`,
      [`%${spoilt.detections[0]!.id}%`],
    );
    expect(letters).toHaveLength(1);
  });
});

it('counts the lines of a batch that it gave up once, also where the batch comes again and could be stored by then', async () => {
  const refused = batch('refused', [detection('refused', 0)]);
  await database.query(
    `create function refuse() returns trigger language plpgsql as $$ begin
       raise 'refused' using errcode = 'data_exception';
     end $$;
     create trigger refuse before insert on line_tallies for each row
     when (new.source = 'refused' and new.outcome = 'scored:LOW') execute function refuse()`,
  );
  try {
    expect((await storeIsolatingPoison(store, [refused])).dead).toEqual({ line: 0, job: 1 });
  } finally {
    await database.query('drop function refuse cascade');
  }
  expect(await storeIsolatingPoison(store, [refused])).toMatchObject({ stored: [], repeatedBatches: 1 });
  const books = await database.query(`select outcome, lines::int from line_tallies where source = 'refused'`);
  expect(books).toEqual([{ outcome: 'dead_lettered', lines: refused.linesRead }]);
});

describe('a group that PostgreSQL does not store in time', () => {
  /** Has PostgreSQL give up, as it does after a time, what stores events where that is so, and be away for others. */
  async function giveUpWhere(isSlow: string, isAway = 'false'): Promise<void> {
    await database.query(
      `create function slow() returns trigger language plpgsql as $$ begin
         if ${isSlow} then raise 'too slow' using errcode = 'query_canceled'; end if;
         if ${isAway} then raise 'away' using errcode = 'cannot_connect_now'; end if;
         return null;
       end $$;
       create trigger slow after insert on events referencing new table as stored for each statement execute function slow()`,
    );
  }
  const giveUpBeyond = (events: number): Promise<void> => giveUpWhere(`(select count(*) from stored) > ${events}`);
  const giveUpNothing = async (): Promise<void> => void (await database.query(`drop function slow cascade`));

  it('is stored a portion at a time, each event once and in the books once, but for the one that cannot be', async () => {
    await giveUpBeyond(8);
    onTestFinished(giveUpNothing);
    const events = Array.from({ length: 100 }, (_value, position) =>
      detection('slow', position, {
        timestampMs: Date.UTC(2026, 2, 4),
        ...(position === 70 ? { line: 'a \0 b' } : {}),
      }),
    );
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const batches = [events.slice(0, 10), events.slice(10)].map((some) => ({ ...batch('slow', some), traceparent }));
    const { stored, dead } = await storeIsolatingPoison(store, batches);
    expect(stored.map(({ position }) => position).sort((a, b) => a - b)).toEqual(
      events.filter(({ position }) => position !== 70).map(({ position }) => position),
    );
    expect(dead).toEqual({ line: 1, job: 0 });
    const [books] = await database.query<Record<'told' | 'threats' | 'high' | 'dead', string>>(
      `select (select count(*) from outbox where event_id = any ($1) and traceparent = $2) as told,
         (select sum(events) from threat_hour_tallies where bucket = '2026-03-04T00:00:00Z') as threats,
         (select sum(lines) from line_tallies where source = 'slow' and outcome = 'scored:HIGH') as high,
         (select sum(lines) from line_tallies where source = 'slow' and outcome = 'dead_lettered') as dead`,
      [events.map(({ id }) => id), traceparent],
    );
    expect(books).toEqual({ told: '99', threats: '99', high: '99', dead: '1' });
    expect(await storeIsolatingPoison(store, batches)).toMatchObject({ stored: [], repeatedBatches: 2 });
  });

  it('is stored and told whole where PostgreSQL was slow but once', async () => {
    await database.query('create sequence tries');
    await giveUpWhere(`nextval('tries') = 1`);
    onTestFinished(async () => {
      await giveUpNothing();
      await database.query('drop sequence tries');
    });
    const { stored } = await storeIsolatingPoison(store, [batch('slow once', [detection('slow once', 0)])]);
    expect(stored).toHaveLength(1);
  });

  it.each([
    ['from the beginning', 'false'],
    ['from its first portion on', '(select count(*) from stored) > 8'],
  ])('is left to another try, and not taken apart further, where PostgreSQL is away %s', async (when, isSlow) => {
    const events = Array.from({ length: 20 }, (_, position) => detection(when, position));
    const batches = [batch(when, events.slice(0, 10)), batch(when, events.slice(10))];
    const ends: unknown[] = [];
    await giveUpWhere(isSlow, 'true');
    try {
      const storing = storeIsolatingPoison(
        watched(store, (error) => ends.push(error)),
        batches,
      );
      await expect(storing).rejects.toThrow('away');
    } finally {
      await giveUpNothing();
    }
    expect(ends.map(sqlState).filter((state) => state !== '57014')).toEqual(['57P03']);
    expect((await storeIsolatingPoison(store, batches)).stored).toHaveLength(events.length);
  });

  it('is heard of while its halves are tried, and once it is stored: whoever waits must not take it for stuck', async () => {
    const batches = [0, 1].map((position) => batch(`slow ${position}`, [detection('slower', position)]));
    const ends: unknown[] = [];
    const watchedStore = watched(store, (error) => ends.push(error));
    await giveUpBeyond(0);
    try {
      await expect(storeIsolatingPoison(watchedStore, batches)).rejects.toSatisfy(isTooSlow);
    } finally {
      await giveUpNothing();
    }
    expect(ends.length).toBeGreaterThan(1);
    expect(ends.filter((error) => !isTooSlow(error))).toEqual([]);
    ends.length = 0;
    await storeIsolatingPoison(watchedStore, batches);
    expect(ends).toEqual([undefined]);
  });
});
