import { Migration } from '@mikro-orm/migrations';

/** Columns of `events` that hold JSON. */
const COLUMNS = ['component_scores', 'matches', '"window"'];
const TO_JSON = COLUMNS.map((column) => `alter column ${column} type json using ${column}::json`).join(', ');

/**
 * Keeps the JSON of events as it is written: nothing queries into it, and parsing it into `jsonb` took a third of the time of storing
 * an event. PostgreSQL converts what a service of an earlier release sends; statements that a running service has prepared for reading
 * fail until it is restarted.
 */
export class EventsAsJson extends Migration {
  override up(): void {
    this.addSql(`alter table events ${TO_JSON}`);
    // Days that retention has detached and not dropped yet may be attached again.
    this.addSql(`
      do $$
      declare day regclass;
      begin
        for day in
          select c.oid from pg_class c join pg_attribute a on a.attrelid = c.oid
          where c.relname ~ '^events_[0-9]{8}$' and c.relkind = 'r' and pg_table_is_visible(c.oid)
            and a.attname = 'matches' and a.atttypid = 'jsonb'::regtype
        loop
          execute format('alter table %s ${TO_JSON}', day);
        end loop;
      end $$`);
  }
}
