import type { Database } from '@vigil/shared/storage/database';
import { DataError } from '@vigil/shared/storage/database-errors';
import { partitionName } from '@vigil/shared/storage/partitions';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Days that `events` holds at once, some ten years. Times come from logs: whoever may push lines could name a million days, and every
 * query looks at each of them.
 */
const DAYS_MAX = 4_000;

/** Days around the present that are always made: what others filled the rest with must not keep today's events out. */
const RECENT_DAYS = 7;
const COMING_DAYS = 2;

const COUNT_DAYS = `select count(*)::int as days from pg_inherits where inhparent = 'events'::regclass`;

/**
 * Makes the daily partitions of `events` before they are needed and remembers which there are.
 * A partition is made as a table of its own and then attached, because `create table … partition of` would lock out every reader.
 */
export class Partitions {
  readonly #database: Database;
  readonly #daysMax: number;
  readonly #known = new Set<number>();

  constructor(database: Database, daysMax = DAYS_MAX) {
    this.#database = database;
    this.#daysMax = daysMax;
  }

  /**
   * @param timestampsMs event times, epoch ms
   * @throws DataError where a day that is not near the present would be one too many
   */
  async ensure(timestampsMs: Iterable<number>): Promise<void> {
    const days = new Set<number>();
    for (const timestampMs of timestampsMs) days.add(Math.floor(timestampMs / DAY_MS));
    for (const day of days) {
      if (this.#known.has(day)) continue;
      await this.#create(day);
      this.#known.add(day);
    }
  }

  /** Forgets what it knows: a partition may have been dropped by retention. */
  forget(): void {
    this.#known.clear();
  }

  async #create(day: number): Promise<void> {
    const from = new Date(day * DAY_MS).toISOString().slice(0, 10);
    const to = new Date((day + 1) * DAY_MS).toISOString().slice(0, 10);
    const name = partitionName(from);
    await this.#database.fork().transactional(async (em) => {
      const run = (sql: string) => this.#database.query(sql, [], em);
      // Two dispatchers may need the same day at once; the second finds it made.
      await run(`select pg_advisory_xact_lock(hashtext('${name}'))`);
      const attached = await run(`select 1 from pg_inherits where inhrelid = to_regclass('${name}')`);
      if (attached.length > 0) return;
      const [held] = await this.#database.query<{ days: number }>(COUNT_DAYS, [], em);
      if (held!.days >= this.#daysMax && !isNear(day))
        throw new DataError(
          `${from} would be one day more than the ${this.#daysMax} that are kept; see "vigil retention"`,
        );
      await run(`create table if not exists ${name} (like events including defaults including constraints)`);
      await run(
        `alter table events attach partition ${name} for values from ('${from}T00:00:00Z') to ('${to}T00:00:00Z')`,
      );
    });
  }
}

function isNear(day: number): boolean {
  const today = Math.floor(Date.now() / DAY_MS);
  return day >= today - RECENT_DAYS && day <= today + COMING_DAYS;
}
