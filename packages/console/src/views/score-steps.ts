import type { Match } from '../api/types.ts';

export interface ScoreStep {
  label: string;
  /** Why this much. */
  note: string;
  amount: number;
  /** Score after this step. */
  total: number;
  kind: 'base' | 'further' | 'adjustment' | 'combined';
}

interface Scored {
  threat_score: number;
  component_scores: Record<string, number>;
  matches: readonly Pick<Match, 'rule' | 'class' | 'score' | 'field'>[];
}

/** Added for each further rule; the seed's figure. */
const FURTHER_RULE = 0.05;
const MEDIUM_SCORE_MIN = 0.5;

/**
 * How the score came about: the strongest rule, 0.05 for each further one, then adjustments from behaviour and response. Ends
 * exactly at the stored score: what the stored evidence does not explain (weak evidence combined, more matches than are kept) is
 * one step that says so.
 */
export function scoreSteps(event: Scored): ScoreStep[] {
  const classes = new Set(event.matches.map((match) => match.class));
  const behaves = (match: Scored['matches'][number]): boolean => match.field === 'window' || match.field === 'status';
  const named = event.matches.filter((match) => behaves(match) && match.rule in event.component_scores);
  const ways = [named.filter((match) => !classes.has(match.rule)), named].map(
    (list) => new Set(list.map((m) => m.rule)),
  );
  const derived = ways.map((adjusting) => derive(event, adjusting));
  const exact = derived
    .map(withoutCapped)
    .find((steps) => Math.abs((steps.at(-1)?.total ?? 0) - event.threat_score) < 0.005);
  if (exact !== undefined) return exact;
  const steps = withoutCapped(derived[0] ?? []);
  const total = steps.at(-1)?.total ?? 0;
  const note = 'evidence from several sides taken together';
  return [
    ...steps,
    { label: 'Combination', note, amount: event.threat_score - total, total: event.threat_score, kind: 'combined' },
  ];
}

/** What could add nothing any more, since the score is capped at 1, is said in one step. */
function withoutCapped(steps: readonly ScoreStep[]): ScoreStep[] {
  const counted = steps.filter((step) => step.amount !== 0);
  const capped = steps.length - counted.length;
  const total = counted.at(-1)?.total ?? 0;
  if (capped === 0 || total < 1) return [...steps];
  const label = capped === 1 ? 'One more' : `${capped} more`;
  return [...counted, { label, note: 'the score ends at 1', amount: 0, total, kind: 'further' }];
}

function derive(event: Scored, adjusting: ReadonlySet<string>): ScoreStep[] {
  const steps: ScoreStep[] = [];
  let total = 0;
  const add = (label: string, note: string, amount: number, kind: ScoreStep['kind']): void => {
    const next = Math.min(1, Math.max(0, total + amount));
    steps.push({ label, note, amount: next - total, total: next, kind });
    total = next;
  };
  const evidence = event.matches.filter((match) => !adjusting.has(match.rule)).toSorted((a, b) => b.score - a.score);
  const counted = new Set<string>();
  for (const match of evidence) {
    if (counted.has(match.rule)) continue;
    // Weak evidence alone does not simply add up; the caller closes the difference.
    if (counted.size > 0 && (evidence[0]?.score ?? 0) < MEDIUM_SCORE_MIN) break;
    if (counted.size === 0) add(match.rule, 'strongest rule', match.score, 'base');
    else add(match.rule, 'further rule', FURTHER_RULE, 'further');
    counted.add(match.rule);
  }
  for (const rule of adjusting) add(rule, 'adjustment', event.component_scores[rule] ?? 0, 'adjustment');
  return steps;
}
