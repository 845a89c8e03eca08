import { startFreezableProxy } from '@vigil/dev-services/freezable-proxy';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { retry } from '../lifecycle/retry.ts';
import { DatabaseAwayError, sqlState } from './database-errors.ts';
import { migrate, openDatabase, pendingMigrations, type Database, type DatabaseOptions } from './database.ts';

const releases: (() => unknown)[] = [];
let postgresUrl: string;

beforeAll(async () => {
  ({ postgresUrl } = await testServices(['postgres']));
});
afterEach(async () => {
  for (const release of releases.splice(0).toReversed()) await release();
});

async function open(url: string, options: DatabaseOptions): Promise<Database> {
  const database = await openDatabase(url, options);
  releases.push(() => database.close());
  return database;
}

async function openProxied() {
  const proxy = await startFreezableProxy(postgresUrl);
  releases.push(() => proxy.close());
  return { proxy, database: await open(proxy.url, { poolMax: 1, answerMaxMs: 1_000 }) };
}

test('the pool loses no place to connections that end within a transaction or a session', async () => {
  const database = await open(postgresUrl, { poolMax: 1 });
  const ending = database.transactional((em) =>
    database.query('select pg_terminate_backend(pg_backend_pid())', [], em),
  );
  expect(await ending.catch(sqlState)).toBe('57P01');
  await database.ping();
  const held = database.session((session) => session.query('select pg_terminate_backend(pg_backend_pid())'), {
    answerMaxMs: 0,
  });
  expect(await held.catch(sqlState)).toBe('57P01');
  await database.ping();
});

test('a statement fails whose connection has vanished and nobody said so, and the next one gets another', async () => {
  const { proxy, database } = await openProxied();
  await database.ping();
  proxy.freeze();
  proxy.thaw();
  await expect(database.ping()).rejects.toThrow('PostgreSQL gave no answer within 1000 ms');
  await database.ping();
});

test('an answer counts that came while the process was held up', async () => {
  const answerMaxMs = 2_000;
  const database = await open(postgresUrl, { poolMax: 1, answerMaxMs });
  const answer = await database.session(async (session) => {
    await session.query('select 1');
    const asked = session.query('select 2 as n');
    asked.catch(() => undefined);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, answerMaxMs + 500);
    return asked;
  });
  expect(answer).toEqual([{ n: 2 }]);
});

test('a statement fails where connections are accepted and nothing is said on them', async () => {
  const { proxy, database } = await openProxied();
  proxy.freeze();
  await expect(database.ping()).rejects.toBeInstanceOf(DatabaseAwayError);
});

test('a transaction whose connection has vanished keeps others from nothing', async () => {
  const { proxy, database } = await openProxied();
  const direct = await open(postgresUrl, {});
  await direct.query('create table vanished (id int primary key)');
  const cutOff = database.transactional(async (em) => {
    await database.query('insert into vanished values (1)', [], em);
    proxy.freeze();
    await database.query('insert into vanished values (2)', [], em);
  });
  await expect(cutOff).rejects.toBeInstanceOf(DatabaseAwayError);
  await direct.query('insert into vanished values (1)');
});

test('PostgreSQL does not go on with a statement that nobody waits for any more', async () => {
  // No shorter: PostgreSQL has a fifth of it to say so before its connection is given up.
  const database = await open(postgresUrl, { answerMaxMs: 2_500 });
  expect(await database.query('select pg_sleep(60)').catch(sqlState)).toBe('57014');
});

test('PostgreSQL gives up what it is told that nobody wants any more, and the connection stays', async () => {
  const database = await open(postgresUrl, { poolMax: 2 });
  const watching = await open(postgresUrl, { poolMax: 1 });
  const leaving = new AbortController();
  let pid: number | undefined;
  const asked = database.cancellable(leaving.signal, async ({ query }) => {
    [{ pid }] = (await query<{ pid: number }>('select pg_backend_pid() as pid')) as [{ pid: number }];
    await query('select pg_sleep(60)');
  });
  const doing = async (state: string): Promise<boolean> => {
    const sql = `select 1 from pg_stat_activity where pid = $1 and state = $2 and query like '%sleep%'`;
    return pid !== undefined && (await watching.query(sql, [pid, state])).length > 0;
  };
  await waitUntil(() => doing('active'), { timeoutMs: 20_000, what: 'the statement to run' });
  leaving.abort(new Error('left'));
  await expect(asked).rejects.toThrow('left');
  // PostgreSQL tells of the error before it tells that it does nothing any more.
  await waitUntil(() => doing('idle'), { timeoutMs: 20_000, what: 'the statement to have been given up' });
  const unwanted = database.cancellable(leaving.signal, () => Promise.reject(new Error('ran all the same')));
  await expect(unwanted).rejects.toThrow('left');
});

test('what is not wanted any more is given up also where it has all connections', async () => {
  const database = await open(postgresUrl, { poolMax: 2 });
  const leaving = new AbortController();
  const asked = [1, 2].map(() => database.cancellable(leaving.signal, ({ query }) => query('select pg_sleep(600)')));
  const all = Promise.allSettled(asked);
  const watching = await open(postgresUrl, { poolMax: 1 });
  const sleeping = `select 1 from pg_stat_activity where state = 'active' and query = 'select pg_sleep(600)'`;
  await waitUntil(async () => (await watching.query(sleeping)).length === 2, {
    timeoutMs: 20_000,
    what: 'both to run',
  });
  leaving.abort(new Error('left'));
  await database.query('select 1');
  expect(await all).toMatchObject([{ reason: { message: 'left' } }, { reason: { message: 'left' } }]);
});

test('what is told too late that nobody wants it cancels nothing of what others ask on the connection', async () => {
  const database = await open(postgresUrl, { poolMax: 2 });
  for (let round = 0; round < 50; round += 1) {
    const leaving = new AbortController();
    const asked = database.cancellable(leaving.signal, async ({ query }) => {
      const answer = query('select 1');
      leaving.abort(new Error('left'));
      return answer;
    });
    await asked.catch(() => undefined);
    const others = [database.query('select pg_sleep(0.005)'), database.query('select pg_sleep(0.005)')];
    expect(await Promise.allSettled(others)).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }]);
  }
});

test('closing waits for what is being cancelled', async () => {
  const watching = await open(postgresUrl, {});
  await watching.query('create table locked (id int)');
  await watching.transactional(async (em) => {
    await watching.query('lock table locked in access exclusive mode', [], em);
    for (let round = 0; round < 20; round += 1) {
      const database = await openDatabase(postgresUrl);
      const leaving = new AbortController();
      const asked = database.cancellable(leaving.signal, ({ query }) => query('select * from locked'));
      asked.catch(() => undefined);
      const waits = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%from locked'`;
      const isWaiting = async (): Promise<boolean> => (await watching.query(waits)).length > 0;
      await waitUntil(isWaiting, { timeoutMs: 20_000, what: 'the statement to wait' });
      // The connection that the cancelling needs is made while it is closed.
      leaving.abort(new Error('left'));
      await database.close();
      await expect(asked).rejects.toThrow('left');
    }
  });
});

test('statements of a session wait for each other, and one that fails holds up none', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  releases.push(() => process.off('warning', note));
  const database = await open(postgresUrl, { poolMax: 1 });
  const ended: string[] = [];
  await database.session(async (session) => {
    const run = (name: string, sql: string) =>
      session.query(sql).then(
        () => ended.push(name),
        () => ended.push(`${name} failed`),
      );
    await Promise.all([run('first', 'select pg_sleep(0.1)'), run('second', 'select 1/0'), run('third', 'select 1')]);
  });
  expect(ended).toEqual(['first', 'second failed', 'third']);
  expect(warnings).toEqual([]);
});

test('statements of a session that says so may take longer, and those after it not', async () => {
  const answerMaxMs = 1_000;
  const database = await open(postgresUrl, { poolMax: 1, answerMaxMs });
  const limits = `select setting::int as ms from pg_settings
    where name in ('statement_timeout', 'idle_in_transaction_session_timeout')`;
  const told = [{ ms: 0.8 * answerMaxMs }, { ms: 0.8 * answerMaxMs }];
  expect(await database.query(limits)).toEqual(told);
  await database.session(
    async (session) => {
      expect(await session.query(limits)).toEqual([{ ms: 0 }, { ms: 0 }]);
      await session.query('select pg_sleep(1.5)');
    },
    { answerMaxMs: 0 },
  );
  expect(await database.query(limits)).toEqual(told);
  const failing = database.session((session) => session.query('select 1/0'), { answerMaxMs: 0 });
  await expect(failing).rejects.toThrow('division by zero');
  expect(await database.query(limits)).toEqual(told);
});

test.each([
  ['timezone', 'Asia/Kolkata'],
  ['datestyle', 'SQL, DMY'],
])('hours and times mean the same wherever the server stands: %s', async (setting, value) => {
  const before = await open(postgresUrl, {});
  const set = (to: string): Promise<unknown> =>
    before.query(`do $$ begin execute format('alter database %I set ${setting} = ${to}', current_database()); end $$`);
  await set(`''${value}''`);
  releases.push(() => set('default'));
  const after = await open(postgresUrl, {});
  const [row] = await after.query<{ hour: string; moment: string }>(
    `select date_trunc('hour', moment) as hour, moment from (values ('2026-03-02T10:45:00Z'::timestamptz)) as t (moment)`,
  );
  expect(row).toEqual({ hour: '2026-03-02 10:00:00+00', moment: '2026-03-02 10:45:00+00' });
});

test('what is long is compressed by LZ4 where PostgreSQL was built with it, and otherwise as it does by itself', async () => {
  const database = await open(postgresUrl, {});
  const [used] = await database.query<{ setting: string; boot_val: string; has_lz4: boolean }>(
    `select setting, boot_val, 'lz4' = any(enumvals) as has_lz4 from pg_settings where name = 'default_toast_compression'`,
  );
  expect(used!.setting).toBe(used!.has_lz4 ? 'lz4' : used!.boot_val);
});

test('a connection that takes no writes is given up for one that does, as after a failover', async () => {
  const direct = await open(postgresUrl, {});
  await direct.query('create table written (id int)');
  const set = (readOnly: 'on' | 'default'): Promise<unknown> =>
    direct.query(
      `do $$ begin execute format('alter database %I set default_transaction_read_only = ${readOnly}', current_database()); end $$`,
    );
  await set('on');
  releases.push(() => set('default'));
  const database = await open(postgresUrl, { poolMax: 1 });
  const write = (): Promise<unknown> => database.query('insert into written values (1)');
  await expect(write()).rejects.toBeInstanceOf(DatabaseAwayError);
  await set('default');
  await retry(write);
  expect(await direct.query('select id from written')).toEqual([{ id: 1 }]);
});

test('nothing makes the database that a misspelt name asks for', async () => {
  const misspelt = Object.assign(new URL(postgresUrl), { pathname: '/no_such_database' }).href;
  const missing = '3D000';
  for (const work of [
    (database: Database) => database.ping(),
    (database: Database) => database.session(async (session) => session.query('select 1')),
    pendingMigrations,
    migrate,
  ]) {
    const database = await open(misspelt, { poolMax: 1 });
    expect(await work(database).then(() => 'done', sqlState)).toBe(missing);
  }
});
