import type { Session } from './database.ts';

/** Days are those of UTC, which have no other length. */
export const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Longest wait, ms, for a lock that others queue behind: whoever reads or writes `events` waits that long at most. Whoever gives up
 * tries again later.
 */
export const LOCK_TIMEOUT_MS = 200;

/**
 * How the table of a day stands to `events`, or would if there were one. Events of a day that is `detaching` can be neither found nor
 * stored: a concurrent detach of it was broken off.
 */
export type Attachment = 'attached' | 'detaching' | 'detached';

/** The day in which a time lies, `2026-11-23`. @param ms epoch ms */
export function isoDayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Name of the partition that holds a day of `events`. @param isoDay `2026-11-23` */
export function partitionName(isoDay: string): string {
  return `events_${isoDay.replaceAll('-', '')}`;
}

/** The day of a partition, `2026-11-23`; undefined for a table of another name. */
export function partitionDay(name: string): string | undefined {
  const match = /^events_(\d{4})(\d{2})(\d{2})$/.exec(name);
  return match === null ? undefined : `${match[1]}-${match[2]}-${match[3]}`;
}

/** When a day begins and the next one does, for PostgreSQL. @param isoDay `2026-11-23` */
export function boundsOfDay(isoDay: string): { from: string; to: string } {
  const fromMs = Date.parse(isoDay);
  return { from: new Date(fromMs).toISOString(), to: new Date(fromMs + DAY_MS).toISOString() };
}

/** Keeps everyone else from attaching, detaching and dropping a day until the transaction ends. */
export async function lockDay(session: Session, isoDay: string): Promise<Attachment> {
  const name = partitionName(isoDay);
  await session.query(`select pg_advisory_xact_lock(hashtext('${name}'))`);
  const [found] = await session.query<{ detaching: boolean }>(
    `select inhdetachpending as detaching from pg_inherits where inhrelid = to_regclass('${name}')`,
  );
  if (found === undefined) return 'detached';
  return found.detaching ? 'detaching' : 'attached';
}

/**
 * Attaches a day that the transaction has locked and found to be not attached. The table is made by itself where there is none:
 * `create table … partition of` would lock out every reader.
 * @throws an error of SQLSTATE 55P03 where a day is detaching that a transaction may still read
 */
export async function attachDay(session: Session, isoDay: string, attachment: Attachment): Promise<void> {
  const name = partitionName(isoDay);
  if (attachment === 'detaching') {
    // It waits for every older snapshot, and no other day can be attached meanwhile.
    await session.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await session.query(`alter table events detach partition ${name} finalize`);
  }
  const { from, to } = boundsOfDay(isoDay);
  await session.query(`create table if not exists ${name} (like events including defaults including constraints)`);
  await session.query(`alter table events attach partition ${name} for values from ('${from}') to ('${to}')`);
}
