import type { RuleMatch } from '@vigil/shared/contracts';

/** Rules of this class read who asks and not what for. */
export const TOOL_CLASS = 'SCANNER_UA';
/** Says that the address attacked before. */
const CLIENT_RULE = 'ATTACKING_CLIENT';

type Ranked = Pick<RuleMatch, 'rule' | 'class' | 'score' | 'field'>;

/**
 * Sorts evidence, strongest first; the first names the event. Of what is as strong, what the request holds comes first, then what the
 * address did, then who it is: that a known attacker injects SQL is an injection.
 */
export function byStrength(a: Ranked, b: Ranked): number {
  return b.score - a.score || rank(a) - rank(b) || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0);
}

function rank({ rule, class: name, field }: Ranked): number {
  if (name === TOOL_CLASS || rule === CLIENT_RULE) return 2;
  return field === 'window' || field === 'status' ? 1 : 0;
}
