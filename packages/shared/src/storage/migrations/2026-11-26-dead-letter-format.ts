import { Migration } from '@mikro-orm/migrations';

/** Lets a dead line be read in the format of its source again when it is requeued. */
export class DeadLetterFormat extends Migration {
  override up(): void {
    this.addSql(`alter table dead_letters add column format text`);
  }
}
