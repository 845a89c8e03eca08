export { createEngine, type EngineOptions } from './engine/create-engine.ts';
export type {
  Assessment,
  BehaviourEvidence,
  Engine,
  Evidence,
  Explanation,
  ExplainedView,
  ScoreStep,
  ShadowVerdict,
} from './engine/types.ts';
export { builtInPacks, parseOperatorPack } from './node/built-in-packs.ts';
export { parseRulePack, type PackProblem, type ParsedRulePack } from './rules/parse-rule-pack.ts';
export { rulePackSchema, type Rule, type RuleExample, type RulePack } from './rules/rule-pack.ts';
export { suppressionSchema, type Suppression } from './suppressions/suppression.ts';
export { SIGNALS } from './detectors/registry.ts';
