import { Gauge, type Registry } from '@vigil/shared/metrics/metrics';
import { oneReading } from '@vigil/shared/metrics/one-reading';
import type { Database } from '@vigil/shared/storage/database';
import { tableSizes } from '@vigil/shared/storage/table-sizes';
import type { AlertSink } from './sinks/alert-sink.ts';

interface Lag {
  outbox: string;
  outbox_age: number;
  dead: string;
  dead_age: number;
  last_seq: string;
  cursors: SinkLag[] | null;
}

interface SinkLag {
  sink: string;
  seq: number;
  /** Of the first alert that it has not taken, s; null where there is none. */
  age: number | null;
}

/**
 * Registers gauges that are read from PostgreSQL when somebody scrapes; while it is away they keep their last values.
 * @param sinks those that are told: the cursor of one that was given up stays where it is, and is behind for nobody
 */
export function registerDatabaseGauges(
  registry: Registry,
  database: Database,
  sinks: readonly Pick<AlertSink, 'name' | 'intervalMs'>[],
): void {
  const collect = oneReading(() => read());
  const gauge = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry], collect });
  const rows = gauge('vigil_outbox_rows', 'Events stored and not yet given a seq.');
  const oldest = gauge(
    'vigil_outbox_oldest_age_seconds',
    'Age of the oldest event that was stored and not yet given a seq.',
  );
  const sinkLag = gauge('vigil_outbox_lag_alerts', 'Alerts that a sink has not taken yet.', ['sink']);
  const sinkLate = gauge(
    'vigil_outbox_lag_seconds',
    'How late the oldest alert is that a sink has not taken yet; those that it lets gather are not.',
    ['sink'],
  );
  const dead = gauge('vigil_dead_letters', 'Dead letters that wait for an operator.');
  const deadAge = gauge('vigil_dead_letters_oldest_age_seconds', 'Age of the oldest dead letter.');
  const read = async (): Promise<void> => {
    const lag = await readLag(database).catch(() => undefined);
    if (lag === undefined) return;
    rows.set(Number(lag.outbox));
    oldest.set(lag.outbox_age);
    dead.set(Number(lag.dead));
    deadAge.set(lag.dead_age);
    for (const { sink, seq, age } of lag.cursors ?? []) {
      const told = sinks.find(({ name }) => name === sink);
      if (told === undefined) continue;
      sinkLag.set({ sink }, Number(lag.last_seq) - seq);
      sinkLate.set({ sink }, Math.max(0, (age ?? 0) - (told.intervalMs ?? 0) / 1_000));
    }
  };
}

/**
 * What was stored by a clock that was ahead is of unknown age. Its distance from the present counts as its age: otherwise an alert on it
 * would stay silent until that time.
 */
async function readLag(database: Database): Promise<Lag> {
  const rows = await database.query<Lag>(`
    select
      (select count(*) from outbox) as outbox,
      (select coalesce(abs(extract(epoch from now() - min(e.stored_at))), 0)::float8
       from (select * from outbox order by pos limit 1) o
       join events e on e.id = o.event_id and e.timestamp = o.event_timestamp) as outbox_age,
      (select count(*) from dead_letters) as dead,
      (select coalesce(abs(extract(epoch from now() - min(created_at))), 0)::float8 from dead_letters) as dead_age,
      (select last_seq from relay_state) as last_seq,
      (select jsonb_agg(jsonb_build_object('sink', sink, 'seq', published_seq, 'age', abs(extract(epoch from now() - since))))
       from relay_cursors c
       left join lateral (
         select coalesce(e.stored_at, a.event_timestamp) as since
         from (select * from alerts where seq > c.published_seq order by seq limit 1) a
         left join events e on e.id = a.event_id and e.timestamp = a.event_timestamp
       ) on true) as cursors`);
  return rows[0]!;
}

/**
 * Registers gauges of what is stored, read from PostgreSQL when somebody scrapes; while it is away they keep their last values.
 * @param eventsBytesMax what the days of events may take; 0: no bound
 */
export function registerSizeGauges(registry: Registry, database: Database, eventsBytesMax: number): void {
  const read = async (): Promise<void> => {
    const sizes = await tableSizes(database).catch(() => []);
    for (const { table, bytes } of sizes) size.set({ table }, bytes);
  };
  const size = new Gauge({
    name: 'vigil_table_bytes',
    help: "What a table takes on PostgreSQL's disk with its indexes; all days of events together.",
    labelNames: ['table'],
    registers: [registry],
    collect: oneReading(read),
  });
  const most = new Gauge({
    name: 'vigil_events_bytes_max',
    help: 'What the days of events may take before floods are thinned and the oldest dropped early; 0: no bound.',
    registers: [registry],
  });
  most.set(eventsBytesMax);
}
