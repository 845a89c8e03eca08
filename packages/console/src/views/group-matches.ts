import type { Match } from '../api/types.ts';

/** Matches that were found in the same place, behind the same decoders. */
export interface MatchGroup {
  field: Match['field'];
  parameter: string | undefined;
  decoded: readonly string[];
  /** With their indexes in the event's list. */
  matches: { match: Match; index: number }[];
}

/** Groups in the order of their strongest match. */
export function groupMatches(matches: readonly Match[]): MatchGroup[] {
  const groups = new Map<string, MatchGroup>();
  for (const [index, match] of matches.entries()) {
    const { field, parameter, decoded } = match;
    const key = JSON.stringify([field, parameter, decoded]);
    const group = groups.get(key) ?? { field, parameter, decoded, matches: [] };
    group.matches.push({ match, index });
    groups.set(key, group);
  }
  return [...groups.values()];
}
