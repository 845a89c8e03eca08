import { Migrator } from '@mikro-orm/migrations';
import { MikroORM, type EntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import {
  LineHourTally,
  LineTally,
  PathTally,
  SourceTally,
  StoredBatch,
  ThreatHourTally,
  ThreatTally,
} from './entities/accounting.ts';
import { AlertEntry, OutboxEntry, RelayCursor, RelayState } from './entities/delivery.ts';
import { ApiKeyRow, DeadLetter, Review } from './entities/operations.ts';
import { endSilent, endUseless, limitAnswers, type Connection } from './answer-limit.ts';
import { cancelUnwanted } from './cancel-unwanted.ts';
import { DatabaseAwayError, isAway } from './database-errors.ts';
import { tlsOptionsOf } from './database-tls.ts';
import { ThreatEvent } from './entities/threat-event.ts';
import { onOneConnection } from './on-one-connection.ts';
import { sendByName } from './prepared-statements.ts';
import { holdSession, type Session, type SessionOptions } from './session.ts';
import { laterChanges, refuseLaterSchema } from './later-schema.ts';
import { SCHEMA_CHANGES, type SchemaChange } from './migrations/migrations.ts';

export type { EntityManager } from '@mikro-orm/postgresql';
export type { Session } from './session.ts';

/** Any number; what matters is that every process that migrates asks for the same lock. */
const MIGRATION_LOCK = 7_412_001;

const ENTITIES = [
  ThreatEvent,
  OutboxEntry,
  AlertEntry,
  RelayState,
  RelayCursor,
  StoredBatch,
  LineTally,
  LineHourTally,
  ThreatTally,
  ThreatHourTally,
  SourceTally,
  PathTally,
  DeadLetter,
  ApiKeyRow,
  Review,
];

/** PostgreSQL through MikroORM, which keeps connections, transactions and migrations; what is asked of it is SQL. */
export interface Database {
  readonly orm: MikroORM;
  fork(): EntityManager;
  /**
   * Runs SQL with `$1` parameters on the given (transactional) entity manager, or on a connection of the pool.
   * @throws DatabaseAwayError where PostgreSQL cannot answer for now, or whatever it refuses the statement with
   */
  query<Row>(sql: string, params?: readonly unknown[], em?: EntityManager): Promise<Row[]>;
  /** Runs `work` in a transaction on one connection: commits what it did, or rolls all of it back where it throws. */
  transactional<T>(work: (em: EntityManager) => Promise<T>): Promise<T>;
  /**
   * Runs `work`, whose statements go over one connection, until `signal` says that its result is no longer wanted: PostgreSQL then
   * cancels the statement under way.
   * @throws the signal's reason where that is why
   */
  cancellable<T>(signal: AbortSignal, work: (on: Pick<Database, 'query'>) => Promise<T>): Promise<T>;
  /** Holds one connection for as long as `work` runs, for session locks; statements queue on it. */
  session<T>(work: (session: Session) => Promise<T>, options?: SessionOptions): Promise<T>;
  /** The same database through a pool of its own, for the caller to close. */
  reopen(options: DatabaseOptions): Promise<Database>;
  /** Throws where the server cannot be reached. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Connections that nothing happens on are tried after this long, so that one whose peer vanished is not kept. */
const KEEP_ALIVE_AFTER_MS = 10_000;

/** How long a connection, or an answer to a statement, is waited for. Behind it whoever asked has long since gone. */
const ANSWER_MAX_MS = 30_000;

/**
 * Hours begin where tallies count them from, and times are written as we read them, wherever the server stands and however it is set:
 * where clocks differ from UTC by half an hour, no hour of ours would be found.
 */
const SET_TIMES = `set timezone = 'UTC'; set datestyle = 'ISO'`;

/**
 * Long values are compressed by LZ4 where PostgreSQL was built with it: with its own compression, that takes a sixth of the time of
 * storing an event.
 */
const COMPRESS_FAST = `
  select set_config(name, 'lz4', false) from pg_settings where name = 'default_toast_compression' and 'lz4' = any(enumvals)`;

export interface DatabaseOptions {
  poolMax?: number;
  /** 0 for statements that may take as long as they like. */
  answerMaxMs?: number;
}

/**
 * Opens a database; a server that is away is met by the first statement.
 * @param url `postgres://…`, with `sslmode` in it where TLS is wanted
 */
export async function openDatabase(
  url: string,
  { poolMax = 8, answerMaxMs = ANSWER_MAX_MS }: DatabaseOptions = {},
): Promise<Database> {
  const orm = await MikroORM.init({
    clientUrl: url,
    entities: ENTITIES,
    // A name that is misspelt must be refused: made, an empty database would stand for the one that was meant.
    ensureDatabase: false,
    extensions: [Migrator],
    pool: { min: 0, max: poolMax },
    driverOptions: {
      ssl: tlsOptionsOf(url),
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
      connectionTimeoutMillis: answerMaxMs === 0 ? ANSWER_MAX_MS : answerMaxMs,
      onConnect: async (client: Connection & Parameters<typeof sendByName>[0]) => {
        sendByName(client);
        endSilent(client);
        endUseless(client);
        await limitAnswers(client, answerMaxMs);
        // Together, since each connection waits for the answer.
        await client.query(`${SET_TIMES}; ${COMPRESS_FAST}`);
        await refuseLaterSchema((sql) => client.query(sql));
      },
    },
    migrations: {
      migrationsList: SCHEMA_CHANGES.map(({ name, class: change }) => ({ name, class: change })),
      tableName: 'migrations',
      snapshot: false,
    },
    logger: () => undefined,
  });
  const query = async <Row>(
    sql: string,
    params: readonly unknown[] = [],
    em: EntityManager = orm.em.fork(),
  ): Promise<Row[]> => {
    try {
      const result = await em.getKysely().executeQuery<Row>(CompiledQuery.raw(sql, [...params]));
      return result.rows;
    } catch (error) {
      throw isAway(error) ? new DatabaseAwayError(error) : error;
    }
  };
  // MikroORM's own loses the connection to the pool for good where `begin` or `rollback` fails, as they do when it is gone.
  const transactional = <T>(work: (em: EntityManager) => Promise<T>): Promise<T> =>
    onOneConnection(orm, async (em) => {
      await query('begin', [], em);
      try {
        const result = await work(em);
        await query('commit', [], em);
        return result;
      } catch (error) {
        // Where the connection is gone, so is the transaction.
        await query('rollback', [], em).catch(() => undefined);
        throw error;
      }
    });
  const unwanted = cancelUnwanted(orm, query, () => openDatabase(url, { poolMax: 1 }));
  return {
    orm,
    fork: () => orm.em.fork(),
    query,
    transactional,
    cancellable: unwanted.cancellable,
    session: async (work, sessionOptions) =>
      holdSession(await orm.em.getDriver().getConnection().getNativeClient(), work, answerMaxMs, sessionOptions),
    reopen: (reopenOptions) => openDatabase(url, reopenOptions),
    ping: async () => {
      await query('select 1');
    },
    close: async () => {
      await unwanted.close();
      await orm.close(true);
    },
  };
}

/** What `migrate` found and did, by the names of migrations. */
export interface Migrated {
  ran: string[];
  /** Those of a later release, which this one knows nothing of and can work beside. */
  later: string[];
}

/**
 * Brings the schema up to date, one process at a time.
 * @param onChange hears of each change of a database that holds something before it begins, since it may take long
 * @throws LaterSchemaError, as the cause, where a later release has changed the database so that this one cannot use it
 * @throws DatabaseAwayError where PostgreSQL goes away meanwhile; nothing is changed then
 */
export async function migrate(
  database: Database,
  onChange: (change: Pick<SchemaChange, 'name' | 'does'>) => void = () => undefined,
): Promise<Migrated> {
  // A migration takes as long as its tables are large, and so does the wait for the process that runs it.
  const patient = await database.reopen({ poolMax: 2, answerMaxMs: 0 });
  try {
    // A database that is not there is refused here; the migrator would make it.
    await patient.ping();
    const migrated = await patient.transactional(async (em) => {
      await patient.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK], em);
      const { migrator } = patient.orm;
      const found = (await migrator.getExecuted()).map(({ name }) => name);
      if (found.length > 0)
        migrator.on('migrating', ({ name }) => onChange(SCHEMA_CHANGES.find((change) => change.name === name)!));
      // The migrator uses a connection of its own; the lock on this one keeps others waiting until it is done.
      const ran = await migrator.up();
      return { ran: ran.map(({ name }) => name), later: laterChanges(found) };
    });
    await patient.close();
    return migrated;
  } catch (error) {
    // Not waited for: a connection that ended within a transaction of MikroORM's own never comes back to the pool.
    void patient.close().catch(() => undefined);
    throw isAway(error) ? new DatabaseAwayError(error) : error;
  }
}

/** Migrations that have not run yet; services are ready only when there are none. */
export async function pendingMigrations(database: Database): Promise<string[]> {
  // As above.
  await database.ping();
  const pending = await database.orm.migrator.getPending();
  return pending.map((migration) => migration.name);
}
