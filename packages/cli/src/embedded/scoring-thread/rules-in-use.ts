import { toRulebook, type Rulebook } from '@vigil/detection/rules/rulebook';
import type { EngineSource } from '@vigil/scorer/rules/engine-source';

/** The rules that requests are judged by at the moment. */
export interface RulesInUse {
  version: string;
  rulebook: Rulebook;
}

/** What a source of rules has at the moment, for whoever shows it. */
export function rulesInUse(source: EngineSource): RulesInUse {
  return { version: source.current().version, rulebook: toRulebook(source.rules()) };
}
