import type { Alert } from '@vigil/shared/contracts';
import type { AlertGroup, AlertOrder } from '../sinks/alert-sink.ts';
import type { Logger } from '@vigil/shared/logging/logger';
import { alertsBehindSql, toAlert, type AlertRow } from '@vigil/shared/storage/alert-rows';
import type { Session } from '@vigil/shared/storage/database';
import { prepared } from '@vigil/shared/storage/prepared-statements';
import { UntoldEvents } from './untold-events.ts';

/** Alerts moved or read at once. */
export const GROUP_MAX = 1_000;

const HAS_OUTBOX = prepared(`select 1 from outbox order by pos limit 1`);

/**
 * Moves outbox rows to the end of the total order, by `pos`. Given as an array, they are deleted by way of the index, whatever the
 * planner believes; given as a set, they are joined with the whole table and its dead rows. Where somebody has emptied `relay_state` they
 * stay: there is no number to give them.
 */
const ASSIGN_SEQ = prepared(`
  with moved as (
    delete from outbox where pos = any (array(select pos from outbox order by pos limit ${GROUP_MAX}))
      and exists (select 1 from relay_state where id = 1)
    returning pos, event_id, event_timestamp, traceparent
  ), state as (
    update relay_state set last_seq = last_seq + (select count(*) from moved)
    where id = 1 and exists (select 1 from moved)
    returning last_seq
  ), told as (
    insert into alerts (seq, event_id, event_timestamp, traceparent)
    select state.last_seq - (select count(*) from moved) + row_number() over (order by pos), event_id, event_timestamp, traceparent
    from moved, state
  )
  select last_seq, json_agg(event_id order by pos) as event_ids, json_agg(traceparent order by pos) as traceparents
  from moved, state
  group by last_seq`);

const READ_ALERTS = prepared(alertsBehindSql(GROUP_MAX));

const ADVANCE = prepared(`
  with relaxed as materialized (select set_config('synchronous_commit', 'off', true))
  update relay_cursors set published_seq = $2 from relaxed where sink = $1`);

/**
 * The relay's steps on the one connection that holds its lock: if the connection is lost, so is the lock, and every further
 * statement fails instead of running beside the next leader's.
 */
export class Relay implements AlertOrder {
  readonly #session: Session;
  readonly #log: Logger;
  readonly #untold: UntoldEvents;
  #lastRead: { after: number; alerts: Promise<AlertGroup> } | undefined;
  /** End of the total order, once it is known: nobody else can move it. */
  #lastSeq: number | undefined;

  /** @param untold events that need not be read */
  constructor(session: Session, log: Logger, untold = new UntoldEvents()) {
    this.#session = session;
    this.#log = log;
    this.#untold = untold;
  }

  /**
   * Gives stored events their `seq`, at most a group.
   * @param expected whether there probably are any: looking costs a fifth of moving nothing
   */
  async assign(expected: boolean): Promise<{ count: number; more: boolean }> {
    if (!expected && (await this.#session.query(HAS_OUTBOX)).length === 0) return { count: 0, more: false };
    const [assigned] = await this.#session.query<AssignedRow>(ASSIGN_SEQ);
    if (assigned === undefined) return { count: 0, more: false };
    const count = assigned.event_ids.length;
    const lastSeq = Number(assigned.last_seq);
    const alerts = this.#alertsAtHand(assigned);
    this.#lastSeq = lastSeq;
    // Sinks that are not behind need not ask for what is known now.
    this.#lastRead =
      alerts === undefined ? undefined : { after: lastSeq - count, alerts: Promise.resolve({ alerts, lastSeq }) };
    return { count, more: count === GROUP_MAX };
  }

  /** Alerts after a cursor, at most a group. Sinks that stand at the same place share one read. */
  read(after: number): Promise<AlertGroup> {
    if (after === this.#lastSeq) return Promise.resolve({ alerts: [], lastSeq: after });
    if (this.#lastRead?.after === after) return this.#lastRead.alerts;
    const alerts = this.#read(after);
    this.#lastRead = { after, alerts };
    const forget = () => {
      if (this.#lastRead?.alerts === alerts) this.#lastRead = undefined;
    };
    // What came up empty or failed must be read anew.
    void alerts.then((group) => group.lastSeq === after && forget(), forget);
    return alerts;
  }

  async idOf(seq: number): Promise<string | undefined> {
    const rows = await this.#session.query<{ event_id: string }>(`select event_id from alerts where seq = $1`, [seq]);
    return rows[0]?.event_id;
  }

  async lastSeq(): Promise<number> {
    if (this.#lastSeq !== undefined) return this.#lastSeq;
    const rows = await this.#session.query<{ last_seq: string }>(`select last_seq from relay_state`);
    return Number(rows[0]!.last_seq);
  }

  /** @param startsAtEnd where a sink begins that has no cursor yet: behind all that there is, or before it */
  async cursor(sink: string, startsAtEnd = false): Promise<number> {
    const start = startsAtEnd ? await this.lastSeq() : 0;
    await this.#session.query(`insert into relay_cursors values ($1, $2) on conflict do nothing`, [sink, start]);
    const rows = await this.#session.query<{ published_seq: string }>(
      `select published_seq from relay_cursors where sink = $1`,
      [sink],
    );
    return Number(rows[0]!.published_seq);
  }

  /** Not synced to disk by itself: what a crash of PostgreSQL takes back is published again, and known by its `seq` and id. */
  async advance(sink: string, seq: number): Promise<void> {
    await this.#session.query(ADVANCE, [sink, seq]);
  }

  async #read(after: number): Promise<AlertGroup> {
    return this.#groupOf(await this.#session.query<AlertRow | MissingRow>(READ_ALERTS, [after]), after);
  }

  /** undefined where another dispatcher stored some of them. */
  #alertsAtHand({ last_seq, event_ids: ids, traceparents }: AssignedRow): Alert[] | undefined {
    const before = Number(last_seq) - ids.length;
    const alerts: Alert[] = [];
    for (const [index, id] of ids.entries()) {
      const columns = this.#untold.take(id);
      if (columns !== undefined)
        alerts.push(toAlert({ ...columns, seq: before + index + 1, traceparent: traceparents[index]! }));
    }
    return alerts.length === ids.length ? alerts : undefined;
  }

  #groupOf(rows: readonly (AlertRow | MissingRow)[], after: number): AlertGroup {
    const alerts = rows.flatMap((row) => (row.id === null ? [] : [toAlert(row)]));
    const lastSeq = Number(rows.at(-1)?.seq ?? after);
    const missing = lastSeq - after - alerts.length;
    // Only retention removes alerts. One that it removed before it was published is never published, and the log must say so.
    if (missing > 0) this.#log.warn({ after, missing }, 'alerts that are no longer kept were skipped');
    return { alerts, lastSeq };
  }
}

/** Events that were given their `seq`, the last of which is `last_seq`, in order. */
interface AssignedRow {
  /** bigint: the driver gives text. */
  last_seq: string;
  event_ids: string[];
  traceparents: (string | null)[];
}

interface MissingRow {
  seq: string;
  id: null;
}
