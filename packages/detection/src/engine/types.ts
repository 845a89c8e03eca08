import type { PlainFields } from '../formats/plain-combined.ts';
import type { ParsedRequest, RuleMatch, Severity } from '@vigil/shared/contracts';

/**
 * What the engine found in one request's text, before behaviour and suppressions. Opaque but for `matches` and `weakHits`;
 * on the fast path it is one shared frozen object, so compare with `matches.length === 0`.
 */
export type Evidence = {
  /** All matches of active rules, in no particular order. */
  readonly matches: readonly RuleMatch[];
  /** Ids of the weak rules (score under 0.5) that matched: what the per-IP buckets of distinct weak hits count. */
  readonly weakHits: readonly string[];
  /** Matches of shadow packs, by pack id. */
  readonly shadowMatches: ReadonlyMap<string, readonly RuleMatch[]>;
};

/** Evidence of a request in which no rule matches. */
export const NO_EVIDENCE: Evidence = Object.freeze({
  matches: Object.freeze([]),
  weakHits: Object.freeze([]),
  shadowMatches: new Map(),
});

/** Evidence that comes from a client's history or from the response, not from the request's text. */
export type BehaviourEvidence = {
  /** Rule id, `RATE_ANOMALY`. */
  rule: string;
  class: string;
  /** 0..1; ignored where `adjust` is set. */
  score: number;
  /** Supports other evidence (+0.05) but is never combined with other weak evidence into an alert. */
  weak?: boolean;
  /** Added to the score (−0.3..0.3) where the request's text gave evidence; names a component, such as `SUCCESS_AFTER_ATTACK`. */
  adjust?: number;
  /** `window` by default. */
  field?: 'window' | 'status';
  /** What an operator reads: `142 requests in 1 minute`. */
  excerpt: string;
};

/** How one shadow pack would have judged the request. */
export type ShadowVerdict = { score: number; severity: Severity; onlyActive: boolean; onlyShadow: boolean };

export type Assessment = {
  /** 0..1. */
  score: number;
  severity: Severity;
  /** Best score per class, and one entry per adjustment. */
  componentScores: Record<string, number>;
  /** Strongest first. */
  classes: string[];
  /** Strongest first. */
  matchedRules: string[];
  /** Strongest first, at most 64. */
  matches: RuleMatch[];
  /** Ids of the suppressions that kept this request from alerting; absent where none did. */
  suppressedBy?: string[];
  /** By shadow pack, also where it agrees with the active ones; absent where there is none, or where nothing was found at all. */
  shadow?: Record<string, ShadowVerdict>;
};

/** One step of a score's derivation, for people. */
export type ScoreStep = { what: string; amount: number; total: number };

export type ExplainedView = { field: string; parameter?: string; kind: string; decoded: string[]; text: string };

export type Explanation = {
  views: ExplainedView[];
  matches: RuleMatch[];
  assessment: Assessment;
  steps: ScoreStep[];
  rulesVersion: string;
};

export type Engine = {
  /** Stamp of the active packs: ids, versions and a hash of their content. */
  readonly version: string;
  /** Evidence in the request's text. Never throws; time is bounded by the field caps. */
  inspect(request: ParsedRequest): Evidence;
  /** Whether no rule matches in a plain line: `inspect` would find nothing. No says only that `inspect` has to look. */
  isQuiet(bytes: Buffer, fields: PlainFields): boolean;
  /** Judges a request from its evidence and, where given, its behaviour. */
  conclude(request: ParsedRequest, evidence: Evidence, behaviour?: readonly BehaviourEvidence[]): Assessment;
  /** The same, with everything that led to it. Slow; for people. */
  explain(request: ParsedRequest, behaviour?: readonly BehaviourEvidence[]): Explanation;
};
