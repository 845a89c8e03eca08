import { Option } from 'commander';
import { createEngineSource, type EngineSource } from '@vigil/scorer/rules/engine-source';
import { builtInRules, type RuleSet } from '@vigil/scorer/rules/load-rules';
import { userPath } from './paths.ts';

export interface RulesOptions {
  rulesDir?: string;
}

/** `--rules-dir`, for commands that are to work with the rules that a running Vigil has. */
export function rulesDirOption(): Option {
  return new Option('--rules-dir <folder>', 'rule packs besides the built-in ones, and suppressions (RULES_DIR)');
}

/**
 * The rules of `--rules-dir`, else of `RULES_DIR`, besides the built-in ones, and their engine.
 * @throws RulesError where they are not valid
 */
export function rulesSource(options: RulesOptions): EngineSource {
  return createEngineSource({ rulesDir: rulesDirOf(options) });
}

/**
 * The same rules alone, where no engine is wanted: making one takes longer than reading the built-in packs.
 * @throws RulesError where they are not valid
 */
export function ruleSet(options: RulesOptions): RuleSet {
  return rulesDirOf(options) === undefined ? builtInRules() : rulesSource(options).rules();
}

/** A relative `RULES_DIR` means what it means to `vigil serve`. */
function rulesDirOf({ rulesDir }: RulesOptions): string | undefined {
  if (rulesDir !== undefined) return userPath(rulesDir);
  return process.env['RULES_DIR'] || undefined;
}
