import { MEDIUM_SCORE_MIN, type RuleMatch } from '@vigil/shared/contracts';
import { byStrength } from './strength.ts';
import type { BehaviourEvidence, ScoreStep } from './types.ts';

/** Added to the score for each further rule that matched; the seed's figure. */
const FURTHER_RULE = 0.05;
/** A source of evidence that is weak throughout never counts as more than this, however many of its rules match. */
export const WEAK_SOURCE_MAX = 0.45;
/** Score of evidence that does not alert; just under MEDIUM. */
const UNDER_MEDIUM = MEDIUM_SCORE_MIN - 0.01;

type Combined = { score: number; componentScores: Record<string, number> };

/**
 * Combines evidence into one score, 0..1; SCORING.md says why so.
 * With strong evidence: the highest, plus 0.05 per further rule (the seed's way). With weak evidence only: each source (target, referer,
 * agent, behaviour) gives its highest plus 0.05 per further rule, at most 0.45, and sources combine as independent witnesses do.
 * @param steps takes the derivation, where somebody wants to read it
 */
export function combine(
  matches: readonly RuleMatch[],
  behaviour: readonly BehaviourEvidence[],
  steps?: ScoreStep[],
): Combined {
  const componentScores: Record<string, number> = {};
  const note = (name: string, score: number) => {
    componentScores[name] = Math.max(componentScores[name] ?? 0, round(score));
  };
  const evidence: Evidence[] = [];
  for (const { rule, class: name, score, field } of matches)
    evidence.push({ rule, class: name, score, field, source: sourceOf(field), lone: true });
  for (const { rule, class: name, score, adjust, weak } of behaviour)
    if (adjust === undefined)
      evidence.push({ rule, class: name, score, field: 'window', source: 'behaviour', lone: weak !== true });
  evidence.sort(byStrength);
  let score = 0;
  const add = (what: string, why: string, amount: number) => {
    score = Math.min(1, Math.max(0, round(score + amount)));
    steps?.push({ what: what + why, amount: round(amount), total: score });
  };
  const counted = new Set<string>();
  for (const item of evidence) note(item.class, item.score);
  const [best] = evidence;
  if (best === undefined) return { score: 0, componentScores };
  if (best.score >= MEDIUM_SCORE_MIN) {
    for (const item of evidence) {
      if (counted.has(item.rule)) continue;
      if (counted.size === 0) add(item.rule, ' (highest)', item.score);
      else add(item.rule, ' (further rule)', FURTHER_RULE);
      counted.add(item.rule);
    }
    // Or strong evidence could count for less than the weak evidence beside it does alone; that of one source never does.
    const asWitnesses = evidence.some(({ source }) => source !== best.source)
      ? round(1 - weakParts(evidence).reduce((rest, [, part]) => rest * (1 - part), 1))
      : 0;
    if (asWitnesses > score) add('its sources', ', as independent witnesses, count for more', asWitnesses - score);
  } else {
    const bySource = weakParts(evidence);
    for (const [source, part] of bySource) {
      add(source, `: weak evidence of ${round(part)}, as an independent witness`, part * (1 - score));
    }
    const alone = bySource.length < 2;
    for (const item of evidence) {
      if (item.lone || counted.has(item.rule)) continue;
      counted.add(item.rule);
      add(item.rule, ' (supports)', FURTHER_RULE);
    }
    if (alone && score > UNDER_MEDIUM)
      add('weak evidence', ' from one source stays under MEDIUM', UNDER_MEDIUM - score);
  }
  if (matches.length > 0) {
    for (const item of behaviour) {
      if (item.adjust === undefined) continue;
      add(item.rule, ` (${item.excerpt})`, item.adjust);
      componentScores[item.rule] = round(item.adjust);
    }
  }
  return { score, componentScores };
}

type Evidence = Pick<RuleMatch, 'rule' | 'class' | 'score' | 'field'> & { source: string; lone: boolean };

/** What each source counts for as a weak witness, most first. `evidence` is in the order of its scores. */
function weakParts(evidence: readonly Evidence[]): [source: string, part: number][] {
  const counted = new Set<string>();
  const bySource = new Map<string, number>();
  for (const item of evidence) {
    if (!item.lone || counted.has(item.rule)) continue;
    counted.add(item.rule);
    const before = bySource.get(item.source);
    bySource.set(item.source, Math.min(WEAK_SOURCE_MAX, before === undefined ? item.score : before + FURTHER_RULE));
  }
  return [...bySource].sort((a, b) => b[1] - a[1]);
}

/** Witnesses that see different things: the same text read by two rules is one witness. */
function sourceOf(field: RuleMatch['field']): string {
  if (field === 'referer' || field === 'user_agent') return field;
  if (field === 'header' || field === 'remote_user') return 'header';
  return field === 'window' || field === 'status' ? 'behaviour' : 'target';
}

const round = (value: number) => Math.round(value * 1e4) / 1e4;
