import type { Session } from '../database.ts';

/** Rows deleted at once: short transactions keep out of everybody's way. */
export const DELETE_ROWS_MAX = 10_000;

/** Rows of a table whose `column` lies in a span of time; times are ISO 8601, `to` is the first that does not. */
export interface RowSpan {
  table: string;
  column: string;
  from?: string;
  to: string;
}

/** Deletes at most `DELETE_ROWS_MAX` rows and returns how many. */
export async function deleteSomeRows(
  session: Session,
  { table, column, from = '-infinity', to }: RowSpan,
): Promise<number> {
  const [row] = await session.query<{ n: string }>(
    `with gone as (
       delete from ${table} where ctid = any (array(
         select ctid from ${table} where ${column} >= $1 and ${column} < $2 limit ${DELETE_ROWS_MAX}
       ))
       returning 1
     ) select count(*) as n from gone`,
    [from, to],
  );
  return Number(row!.n);
}

/** Deletes all rows of a span, a portion at a time, and returns how many; `signal` ends it between two. */
export async function deleteRows(session: Session, span: RowSpan, signal?: AbortSignal): Promise<number> {
  let deleted = 0;
  for (;;) {
    signal?.throwIfAborted();
    const n = await deleteSomeRows(session, span);
    deleted += n;
    if (n < DELETE_ROWS_MAX) return deleted;
  }
}
