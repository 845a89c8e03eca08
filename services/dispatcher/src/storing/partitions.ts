import type { Database, Session } from '@vigil/shared/storage/database';
import { DataError } from '@vigil/shared/storage/database-errors';
import { attachDay, DAY_MS, isoDayOf, lockDay } from '@vigil/shared/storage/partitions';

/**
 * Days that `events` holds at once, some ten years. Times come from logs: whoever may push lines could name a million days, and every
 * query looks at each of them.
 */
const DAYS_MAX = 4_000;

/** Days around the present that are always made: what others filled the rest with must not keep today's events out. */
const RECENT_DAYS = 7;
const COMING_DAYS = 2;

const COUNT_DAYS = `select count(*)::int as days from pg_inherits where inhparent = 'events'::regclass and not inhdetachpending`;

/**
 * Makes the daily partitions of `events` before they are needed and remembers which there are.
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

  /** Forgets what it knows: retention may have detached a partition. */
  forget(): void {
    this.#known.clear();
  }

  async #create(day: number): Promise<void> {
    const isoDay = isoDayOf(day * DAY_MS);
    await this.#database.transactional(async (em) => {
      const session: Session = { query: (sql, params) => this.#database.query(sql, params, em) };
      // Two dispatchers may need the same day at once; the second finds it made.
      const attachment = await lockDay(session, isoDay);
      if (attachment === 'attached') return;
      const [held] = await session.query<{ days: number }>(COUNT_DAYS);
      if (held!.days >= this.#daysMax && !isNear(day))
        throw new DataError(
          `${isoDay} would be one day more than the ${this.#daysMax} that are kept; see "vigil retention"`,
        );
      await attachDay(session, isoDay, attachment);
    });
  }
}

function isNear(day: number): boolean {
  const today = Math.floor(Date.now() / DAY_MS);
  return day >= today - RECENT_DAYS && day <= today + COMING_DAYS;
}
