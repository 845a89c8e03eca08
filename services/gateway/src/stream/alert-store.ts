import type { Alert } from '@vigil/shared/contracts';
import { alertsBehindSql, toAlert, type AlertRow } from '@vigil/shared/storage/alert-rows';
import type { Database } from '@vigil/shared/storage/database';

/** Alerts that follow a `seq`. Every seq in (after, upTo] that is not among `alerts` is gone for good. */
export interface AlertPage {
  alerts: Alert[];
  upTo: number;
}

/** Where alerts are kept for those who missed them. */
export interface AlertStore {
  page(after: number, limit: number): Promise<AlertPage>;
  /** Highest seq given, also where its alert is no longer kept; 0 where there is none. Goes back only where PostgreSQL did. */
  lastSeq(): Promise<number>;
}

const PAGE_SQL = alertsBehindSql('$2');

/** Alerts from PostgreSQL, in the relay's order. */
export function createAlertStore(database: Pick<Database, 'query'>): AlertStore {
  return {
    page: async (after, limit) => {
      const rows = await database.query<AlertRow | (Partial<AlertRow> & { id: null; seq: string })>(PAGE_SQL, [
        after,
        limit,
      ]);
      const alerts = rows.filter((row): row is AlertRow => row.id !== null).map(toAlert);
      return { alerts, upTo: Number(rows.at(-1)?.seq ?? after) };
    },
    lastSeq: async () => {
      const [row] = await database.query<{ last_seq: string }>('select last_seq from relay_state');
      return Number(row?.last_seq ?? 0);
    },
  };
}
