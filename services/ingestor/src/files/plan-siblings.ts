import type { ContentRecord } from '../checkpoint/known-contents.ts';
import type { Identified } from './identify.ts';

export interface Candidate<F> {
  file: F;
  mtimeMs: number;
  identified: Identified;
}

/** What to do with a rotated file. */
export type SiblingPlan<F> =
  | { action: 'resume'; file: F; record: ContentRecord }
  | { action: 'read'; file: F; firstLine: Buffer }
  | { action: 'leave'; file: F };

/**
 * Decides which rotated files still hold unread lines. Those of contents under way are taken up again; unknown ones are read from
 * their beginning where they are younger than the oldest content under way (they came and went between two looks), and left
 * alone where they are older: they were there before we were.
 *
 * @param candidates oldest first
 * @param sinceMs where no known content is found among them: files last written after this are new
 */
export function planSiblings<F>(candidates: readonly Candidate<F>[], sinceMs: number): SiblingPlan<F>[] {
  const recordAt = candidates.map(({ identified }) => (identified.kind === 'known' ? identified.record : undefined));
  const underWay = recordAt.findIndex((record) => record !== undefined && !record.done);
  const lastDone = recordAt.findLastIndex((record) => record?.done === true);
  const baseline = underWay === -1 ? lastDone : underWay;
  const taken = new Set<ContentRecord>();
  return candidates.map(({ file, mtimeMs, identified }, index) => {
    if (identified.kind === 'incomplete' || identified.kind === 'owned') return { action: 'leave', file };
    if (identified.kind === 'known') {
      const { record, reachesCommitted } = identified;
      if (record.open || record.done || !reachesCommitted || taken.has(record)) return { action: 'leave', file };
      taken.add(record);
      return { action: 'resume', file, record };
    }
    const isNew = baseline === -1 ? mtimeMs >= sinceMs : index > baseline;
    return isNew ? { action: 'read', file, firstLine: identified.firstLine } : { action: 'leave', file };
  });
}
