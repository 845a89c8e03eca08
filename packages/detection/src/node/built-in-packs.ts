import { readdirSync, readFileSync } from 'node:fs';
import { SIGNALS } from '../detectors/registry.ts';
import { parseRulePack, type ParsedRulePack } from '../rules/parse-rule-pack.ts';
import type { RulePack } from '../rules/rule-pack.ts';

const FOLDER = new URL('../../packs/', import.meta.url);
let packs: readonly RulePack[] | undefined;

/**
 * The packs that come with Vigil, read once. Their expressions may take more steps by their structure than those of operators, as
 * `engine/linear-time.test.ts` runs each on hostile texts. Throws where one is not valid, which their tests rule out.
 */
export function builtInPacks(): readonly RulePack[] {
  packs ??= readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => {
      const parsed = parseRulePack(readFileSync(new URL(name, FOLDER), 'utf8'), name, SIGNALS, () => true);
      if (parsed.ok) return parsed.pack;
      throw new Error(parsed.problems.map(({ file, line, reason }) => `${file}:${line}: ${reason}`).join('\n'));
    });
  return packs;
}

/**
 * Reads an operator's pack from YAML text: its rules may name any detector's signal that there is.
 * @param fileName for the problems only
 */
export function parseOperatorPack(text: string, fileName: string): ParsedRulePack {
  return parseRulePack(text, fileName, SIGNALS, isBuiltInExpression);
}

let expressions: ReadonlySet<string> | undefined;

/** Whether a built-in pack has this expression: an operator's pack that stands in for one takes over most of its rules. */
function isBuiltInExpression(expression: string): boolean {
  expressions ??= new Set(
    builtInPacks().flatMap((pack) => pack.rules.flatMap((rule) => ('regex' in rule ? [rule.regex] : []))),
  );
  return expressions.has(expression);
}
