import type { Evidence } from '../engine/types.ts';

/** Whether any rule matched, of an active or a shadow pack. */
export function hasEvidence(evidence: Evidence): boolean {
  return evidence.matches.length > 0 || evidence.shadowMatches.size > 0;
}
