import { Gauge, type Registry } from '@vigil/shared/metrics/metrics';
import { oneReading } from '@vigil/shared/metrics/one-reading';
import type { Database } from '@vigil/shared/storage/database';

interface Lag {
  outbox: string;
  outbox_age: number;
  dead: string;
  dead_age: number;
  last_seq: string;
  cursors: Record<string, number> | null;
}

/**
 * Registers gauges that are read from PostgreSQL when somebody scrapes; while it is away they keep their last values.
 * @param sinks those that are told: the cursor of one that was given up stays where it is, and is behind for nobody
 */
export function registerDatabaseGauges(registry: Registry, database: Database, sinks: readonly string[]): void {
  const collect = oneReading(() => read());
  const gauge = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry], collect });
  const rows = gauge('vigil_outbox_rows', 'Events stored and not yet given a seq.');
  const oldest = gauge(
    'vigil_outbox_oldest_age_seconds',
    'Age of the oldest event that was stored and not yet given a seq.',
  );
  const sinkLag = gauge('vigil_outbox_lag_alerts', 'Alerts that a sink has not taken yet.', ['sink']);
  const dead = gauge('vigil_dead_letters', 'Dead letters that wait for an operator.');
  const deadAge = gauge('vigil_dead_letters_oldest_age_seconds', 'Age of the oldest dead letter.');
  const read = async (): Promise<void> => {
    const lag = await readLag(database).catch(() => undefined);
    if (lag === undefined) return;
    rows.set(Number(lag.outbox));
    oldest.set(lag.outbox_age);
    dead.set(Number(lag.dead));
    deadAge.set(lag.dead_age);
    for (const [sink, seq] of Object.entries(lag.cursors ?? {}))
      if (sinks.includes(sink)) sinkLag.set({ sink }, Number(lag.last_seq) - seq);
  };
}

async function readLag(database: Database): Promise<Lag> {
  const rows = await database.query<Lag>(`
    select
      (select count(*) from outbox) as outbox,
      (select coalesce(extract(epoch from now() - min(e.stored_at)), 0)::float8
       from (select * from outbox order by pos limit 1) o
       join events e on e.id = o.event_id and e.timestamp = o.event_timestamp) as outbox_age,
      (select count(*) from dead_letters) as dead,
      (select coalesce(extract(epoch from now() - min(created_at)), 0)::float8 from dead_letters) as dead_age,
      (select last_seq from relay_state) as last_seq,
      (select jsonb_object_agg(sink, published_seq) from relay_cursors) as cursors`);
  return rows[0]!;
}
