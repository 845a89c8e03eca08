import { readdirSync } from 'node:fs';
import { createDatabase } from '@vigil/dev-services/databases';
import { testServices } from '@vigil/dev-services/test-services';
import { expect, test, vi } from 'vitest';
import { DatabaseAwayError } from './database-errors.ts';
import { migrate, openDatabase, pendingMigrations } from './database.ts';

test('of several processes that migrate at once, one does the work and the others wait for it', async () => {
  const { postgresUrl } = await testServices(['postgres']);
  const { url, drop } = await createDatabase({ url: postgresUrl });
  const databases = await Promise.all(Array.from({ length: 4 }, () => openDatabase(url)));
  try {
    const wanted = await pendingMigrations(databases[0]!);
    const files = readdirSync(new URL('migrations', import.meta.url)).filter((name) =>
      /^\d.*(?<!\.test)\.ts$/.test(name),
    );
    expect(wanted).toEqual(files.map((name) => name.replace('.ts', '')).toSorted());
    const tell = vi.fn();
    const ran = await Promise.all(databases.map((database) => migrate(database, tell)));
    expect(ran.flatMap((one) => one.ran)).toEqual(wanted);
    // Nothing takes long in a database that is empty.
    expect(tell).not.toHaveBeenCalled();
    for (const database of databases) expect(await pendingMigrations(database)).toEqual([]);
  } finally {
    await Promise.all(databases.map((database) => database.close()));
    await drop();
  }
});

test('a database that a later release has changed is used where that is said to do, and refused with the reason where it is not', async () => {
  const { postgresUrl } = await testServices(['postgres']);
  const before = await openDatabase(postgresUrl);
  try {
    await migrate(before);
    await before.query(`insert into migrations (name) values ('2099-01-01-more')`);
    expect(await migrate(before)).toEqual({ ran: [], later: ['2099-01-01-more'] });
    expect(await pendingMigrations(before)).toEqual([]);

    await before.query(`insert into migrations (name) values ('2099-01-02-other-breaking')`);
    await expect(migrate(before)).rejects.toThrow(
      /^a later release has changed the database by 2099-01-02-other-breaking: run/,
    );
    const after = await openDatabase(postgresUrl);
    await expect(after.ping()).rejects.toThrow('a later release');
    await after.close();
  } finally {
    await before.query(`delete from migrations where name like '2099%'`);
    await before.close();
  }
});

test('a change of a database that holds something is told before it begins', async () => {
  const { postgresUrl } = await testServices(['postgres']);
  const { url, drop } = await createDatabase({ url: postgresUrl });
  const database = await openDatabase(url);
  const told: string[] = [];
  const tell = ({ name, does }: { name: string; does: string }): void => void told.push(`${name}: ${does}`);
  try {
    await database.orm.migrator.up({ to: '2026-11-26-dead-letter-format' });
    await migrate(database, tell);
    expect(told).toEqual([expect.stringMatching(/^2026-11-26-events-as-json: writes all events anew/)]);
  } finally {
    await database.close();
    await drop();
  }
});

test('a migration whose connection ends fails at once, changes nothing, and is done by the next one', async () => {
  const { postgresUrl } = await testServices(['postgres']);
  const { url, drop } = await createDatabase({ url: postgresUrl });
  const database = await openDatabase(url);
  try {
    await database.orm.migrator.up({ to: '2026-11-26-dead-letter-format' });
    await database.transactional(async (em) => {
      await database.query('lock table events', [], em);
      const migrating = migrate(database);
      migrating.catch(() => undefined);
      await vi.waitFor(
        async () => {
          const ended = await database.query(
            `select pg_terminate_backend(pid) from pg_locks where relation = 'events'::regclass and not granted`,
          );
          expect(ended).toHaveLength(1);
        },
        { timeout: 10_000 },
      );
      await expect(migrating).rejects.toThrow(DatabaseAwayError);
    });
    expect((await migrate(database)).ran).toContain('2026-11-26-events-as-json');
  } finally {
    await database.close();
    await drop();
  }
});
