import { severityOf, type ParsedRequest, type RuleMatch } from '@vigil/shared/contracts';
import { builtInPacks } from '../node/built-in-packs.ts';
import type { RulePack } from '../rules/rule-pack.ts';
import {
  Circumstances,
  compileSuppression,
  type CompiledSuppression,
  type Suppression,
} from '../suppressions/suppression.ts';
import { compileRules } from './compile.ts';
import { Inspector } from './inspect.ts';
import type { Hit } from './run-unit.ts';
import { combine } from './score.ts';
import { byStrength } from './strength.ts';
import {
  NO_EVIDENCE,
  type Assessment,
  type BehaviourEvidence,
  type Engine,
  type Evidence,
  type ScoreStep,
  type ShadowVerdict,
} from './types.ts';

const MATCHES_MAX = 64;
const BENIGN: Assessment = Object.freeze({
  score: 0,
  severity: 'LOW',
  componentScores: {},
  classes: [],
  matchedRules: [],
  matches: [],
});

export type EngineOptions = {
  /** Packs that alert; the built-in ones by default. */
  packs?: readonly RulePack[];
  suppressions?: readonly Suppression[];
  /** Packs that are scored beside the active ones and never alert. One with an active pack's id stands in for that pack. */
  shadowPacks?: readonly RulePack[];
  /** False runs every rule on every view. For tests of the gate. */
  gated?: boolean;
};

/** Builds an engine. Throws where a suppression or a pack is not valid. */
export function createEngine(options: EngineOptions = {}): Engine {
  const packs = options.packs ?? builtInPacks();
  const shadowPacks = options.shadowPacks ?? [];
  const compiled = compileRules(packs, shadowPacks);
  const inspector = new Inspector(compiled, { gated: options.gated ?? true });
  const suppressions = (options.suppressions ?? []).map(compileSuppression);
  const packOf = new Map(compiled.rules.filter((rule) => !rule.shadow).map((rule) => [rule.rule.id, rule.pack]));

  function inspect(request: ParsedRequest): Evidence {
    return toEvidence(inspector.hits(request));
  }

  function activeFor(request: ParsedRequest): readonly CompiledSuppression[] {
    const circumstances = new Circumstances(request);
    return suppressions.filter((item) => item.covers(circumstances));
  }

  function judge(
    request: ParsedRequest,
    all: readonly RuleMatch[],
    behaviour: readonly BehaviourEvidence[],
    steps?: ScoreStep[],
  ) {
    const active = suppressions.length === 0 ? [] : activeFor(request);
    if (active.length === 0)
      return { matches: all, behaviour, combined: combine(all, behaviour, steps), suppressedBy: [] };
    const takenBy = (match: Pick<RuleMatch, 'rule' | 'class' | 'parameter'>) =>
      active.filter((item) => item.takes(match));
    const acted = new Set<string>();
    const keep = <T extends { rule: string; class: string; parameter?: string | undefined }>(items: readonly T[]) =>
      items.filter((item) => {
        const by = takenBy({
          rule: item.rule,
          class: item.class,
          ...(item.parameter === undefined ? {} : { parameter: item.parameter }),
        });
        for (const { id } of by) acted.add(id);
        return by.length === 0;
      });
    const matches = keep(all);
    const kept = keep(behaviour);
    const combined = combine(matches, kept, steps);
    const prevented =
      acted.size > 0 && severityOf(combined.score) === 'LOW' && severityOf(combine(all, behaviour).score) !== 'LOW';
    return { matches, behaviour: kept, combined, suppressedBy: prevented ? [...acted].sort() : [] };
  }

  function assess(
    request: ParsedRequest,
    evidence: Evidence,
    behaviour: readonly BehaviourEvidence[],
    steps?: ScoreStep[],
  ): Assessment {
    const judged = judge(request, evidence.matches, behaviour, steps);
    const { score, componentScores } = judged.combined;
    const fromBehaviour = judged.behaviour.map(behaviourMatch);
    const matches = [...judged.matches, ...fromBehaviour].sort(byStrength);
    const severity = severityOf(score);
    const shadow = shadowVerdicts(request, evidence, behaviour, severity !== 'LOW');
    return {
      score,
      severity,
      componentScores,
      classes: [...new Set(matches.map((match) => match.class))],
      matchedRules: [...new Set(matches.map((match) => match.rule))],
      matches: matches.slice(0, MATCHES_MAX),
      ...(judged.suppressedBy.length > 0 ? { suppressedBy: judged.suppressedBy } : {}),
      ...(shadow === undefined ? {} : { shadow }),
    };
  }

  function shadowVerdicts(
    request: ParsedRequest,
    evidence: Evidence,
    behaviour: readonly BehaviourEvidence[],
    activeAlerts: boolean,
  ): Record<string, ShadowVerdict> | undefined {
    if (shadowPacks.length === 0) return undefined;
    const verdicts: Record<string, ShadowVerdict> = {};
    for (const { pack } of shadowPacks) {
      const own = evidence.shadowMatches.get(pack) ?? [];
      const rest = evidence.matches.filter((match) => packOf.get(match.rule) !== pack);
      const { score } = judge(request, [...rest, ...own], behaviour).combined;
      const severity = severityOf(score);
      const alerts = severity !== 'LOW';
      verdicts[pack] = { score, severity, onlyActive: activeAlerts && !alerts, onlyShadow: alerts && !activeAlerts };
    }
    return verdicts;
  }

  return {
    version: compiled.version,
    inspect,
    isQuiet: (bytes, fields) => inspector.isQuiet(bytes, fields),
    conclude(request, evidence, behaviour = []) {
      if (evidence === NO_EVIDENCE && behaviour.length === 0) return BENIGN;
      return assess(request, evidence, behaviour);
    },
    explain(request, behaviour = []) {
      const evidence = inspect(request);
      const steps: ScoreStep[] = [];
      const assessment = assess(request, evidence, behaviour, steps);
      const views = inspector.views(request).map((view) => ({
        field: view.field,
        ...(view.parameter === undefined ? {} : { parameter: view.parameter }),
        kind: view.kind,
        decoded: [...view.decoded],
        text: view.text,
      }));
      return { views, matches: assessment.matches, assessment, steps, rulesVersion: compiled.version };
    },
  };
}

function toEvidence(hits: readonly Hit[]): Evidence {
  if (hits.length === 0) return NO_EVIDENCE;
  const matches: RuleMatch[] = [];
  const weakHits: string[] = [];
  const shadowMatches = new Map<string, RuleMatch[]>();
  for (const { compiled, match } of hits) {
    if (!compiled.shadow) {
      matches.push(match);
      if (match.score < 0.5) weakHits.push(match.rule);
      continue;
    }
    const own = shadowMatches.get(compiled.pack);
    if (own === undefined) shadowMatches.set(compiled.pack, [match]);
    else own.push(match);
  }
  return { matches, weakHits, shadowMatches };
}

function behaviourMatch(item: BehaviourEvidence): RuleMatch {
  return {
    rule: item.rule,
    class: item.class,
    score: item.adjust === undefined ? item.score : Math.max(0, item.adjust),
    field: item.field ?? 'window',
    decoded: [],
    excerpt: item.excerpt.slice(0, 200),
    span: [0, Math.min(200, item.excerpt.length)],
  };
}
