import { MEDIUM_SCORE_MIN, type ParsedRequest } from '@vigil/shared/contracts';
import { namesTool } from '../engine/strength.ts';
import type { BehaviourEvidence, Evidence } from '../engine/types.ts';

/** Rules that rest on the answer alone. */
export const STATUS_RULES = ['SERVER_ERROR_AFTER_PAYLOAD', 'SUCCESS_AFTER_ATTACK'] as const;
export const STATUS_CLASS = 'OUTCOME';

/** Weak evidence below this says too little for the answer to add to it. */
const WEAK_SCORE_MIN = 0.3;

/**
 * What the answer says about a request whose text gave evidence: an attack that was answered with 200 may have worked, and one that
 * ended in a server error touched something. Harmless texts that met a server error are rare, so that weighs for weak evidence too, and
 * for a tool's name, whose attack may stand in a body.
 */
export function statusEvidence(request: ParsedRequest, evidence: Evidence): BehaviourEvidence | undefined {
  let best = 0;
  let attack = 0;
  for (const match of evidence.matches) {
    if (match.score > best) best = match.score;
    // Nothing of a tool's name can have worked.
    if (match.score > attack && !namesTool(match)) attack = match.score;
  }
  if (request.status >= 500 && request.status !== 503 && best >= WEAK_SCORE_MIN)
    return adjust('SERVER_ERROR_AFTER_PAYLOAD', 0.1, request.status);
  if (request.status === 200 && attack >= MEDIUM_SCORE_MIN) return adjust('SUCCESS_AFTER_ATTACK', 0.05, request.status);
  return undefined;
}

function adjust(rule: (typeof STATUS_RULES)[number], amount: number, status: number): BehaviourEvidence {
  return { rule, class: STATUS_CLASS, score: 0, adjust: amount, field: 'status', excerpt: `status ${status}` };
}
