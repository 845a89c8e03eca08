import type { ScoredBatch, ScoredRequest } from '@vigil/shared/contracts';
import { bucketOf, type Bucket, type TallyRow } from '@vigil/shared/storage/tallies';
import { deadLineCount } from './batch-intake.ts';

/** Lines by minute of scoring time, source and outcome: what promise 4 is read from. */
export function lineTallies(batches: readonly ScoredBatch[]): TallyRow[] {
  const counter = new Counter();
  for (const batch of batches) {
    const bucketMs = bucketOf(batch.scoredAtMs, 'minute');
    const add = (outcome: string, count: number) => counter.add(bucketMs, [batch.source, outcome], count);
    for (const [severity, count] of Object.entries(batch.scored)) add(`scored:${severity}`, count);
    for (const [reason, count] of Object.entries(batch.rejected)) add(`rejected:${reason}`, count ?? 0);
    add('dead_lettered', deadLineCount(batch));
    for (const [id, count] of Object.entries(batch.suppressed)) add(`suppressed:${id}`, count);
    for (const [pack, counts] of Object.entries(batch.shadow)) {
      add(`shadow_only_active:${pack}`, counts.onlyActive);
      add(`shadow_only_shadow:${pack}`, counts.onlyShadow);
    }
  }
  return counter.rows();
}

/** Stored events by bucket of event time and the given keys. */
export function threatTallies(
  events: readonly ScoredRequest[],
  bucket: Bucket,
  keysOf: (event: ScoredRequest) => string[],
): TallyRow[] {
  const counter = new Counter();
  for (const event of events) counter.add(bucketOf(event.timestampMs, bucket), keysOf(event), 1);
  return counter.rows();
}

/** What was counted by the minute, by the hour. */
export function byTheHour(minutes: readonly TallyRow[]): TallyRow[] {
  const counter = new Counter();
  for (const { bucketMs, keys, count } of minutes) counter.add(bucketOf(bucketMs, 'hour'), keys, count);
  return counter.rows();
}

class Counter {
  readonly #rows = new Map<string, TallyRow>();

  add(bucketMs: number, texts: string[], count: number): void {
    if (count === 0) return;
    // PostgreSQL gets halves of characters as U+FFFD, all alike, and refuses a statement that adds to one row twice.
    const keys = texts.map((text) => text.toWellFormed());
    const id = [bucketMs, ...keys].join('\0');
    const row = this.#rows.get(id);
    if (row === undefined) this.#rows.set(id, { bucketMs, keys, count });
    else row.count += count;
  }

  rows(): TallyRow[] {
    return [...this.#rows.values()];
  }
}
