import { DAY_MS } from '../partitions.ts';
import type { Session } from '../session.ts';
import { LARGEST_KEPT } from '../tallies.ts';
import { DELETE_ROWS_MAX } from './delete-rows.ts';

const HOUR_MS = 3_600_000;

/**
 * Leaves of the addresses and paths of each hour of a day the largest, whose events are dropped: there may be one for each event, and
 * they are kept for longer. Hours with fewer stay as they are.
 *
 * @param isoDay `2026-11-23`
 * @param signal ends it between two portions
 */
export async function thinTallies(session: Session, isoDay: string, signal?: AbortSignal): Promise<void> {
  const dayMs = Date.parse(isoDay);
  for (const table of ['source_tallies', 'path_tallies'])
    for (let hourMs = dayMs; hourMs < dayMs + DAY_MS; hourMs += HOUR_MS) {
      let deleted = DELETE_ROWS_MAX;
      while (deleted === DELETE_ROWS_MAX) {
        signal?.throwIfAborted();
        deleted = await deleteBeyondLargest(session, table, new Date(hourMs));
      }
    }
}

async function deleteBeyondLargest(session: Session, table: string, hour: Date): Promise<number> {
  // Whoever adds to some of them, in another order, is not waited for, so that neither waits for the other in a circle.
  const [row] = await session.query<{ n: string }>(
    `with gone as (
       delete from ${table} where ctid = any (array(
         select ctid from ${table} where bucket = $1
         order by events desc offset ${LARGEST_KEPT} limit ${DELETE_ROWS_MAX}
         for update skip locked
       ))
       returning 1
     ) select count(*) as n from gone`,
    [hour.toISOString()],
  );
  return Number(row!.n);
}
