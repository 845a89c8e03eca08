import { Migration } from '@mikro-orm/migrations';

/** Lets an alert carry the trace of the batch in which it was found, from the store to whoever is told. */
export class Traceparent extends Migration {
  override up(): void {
    this.addSql(`alter table outbox add column traceparent text`);
    this.addSql(`alter table alerts add column traceparent text`);
  }
}
