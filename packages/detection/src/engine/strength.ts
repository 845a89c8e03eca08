import type { RuleMatch } from '@vigil/shared/contracts';

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

/** Whether a match says by which tool something was sent, and nothing of what. */
export function namesTool({ class: name, field }: Pick<RuleMatch, 'class' | 'field'>): boolean {
  return name === 'SCANNER_UA' || (name === 'SCANNER_PAYLOAD' && field === 'user_agent');
}

function rank(match: Ranked): number {
  if (match.rule === CLIENT_RULE || namesTool(match)) return 2;
  const { field } = match;
  return field === 'window' || field === 'status' ? 1 : 0;
}
