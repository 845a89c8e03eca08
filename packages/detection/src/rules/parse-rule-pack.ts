import { messageOf } from '@vigil/shared/text/message-of';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { detectorRuleSchema, regexRuleSchema, rulePackSchema, type RulePack } from './rule-pack.ts';
import { checkRegex } from './check-regex.ts';
import { packHash } from './pack-hash.ts';

/** One reason why a pack was refused; `line` counts from 1. */
export type PackProblem = { file: string; line: number; reason: string };

export type ParsedRulePack = { ok: true; pack: RulePack } | { ok: false; problems: PackProblem[] };

/**
 * Reads a rule pack from YAML text. Pure; the file's name is only for the problems.
 * @param signals the structural signals that exist (`sql.union-select`): a rule that names another is refused
 * @param isProven whether an expression has been run on hostile texts, and may take more steps by its structure
 */
export function parseRulePack(
  text: string,
  fileName: string,
  signals?: ReadonlySet<string>,
  isProven: (expression: string) => boolean = () => false,
): ParsedRulePack {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const problem = (offset: number, reason: string): PackProblem => ({
    file: fileName,
    line: lines.linePos(offset).line || 1,
    reason,
  });
  if (document.errors.length > 0) {
    return { ok: false, problems: document.errors.map((error) => problem(error.pos[0], error.message)) };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 20 });
  } catch (error) {
    // An alias without its anchor, or too many of them.
    return { ok: false, problems: [problem(0, messageOf(error))] };
  }
  const problems = findProblems(value).map(({ path, reason }) => problem(offsetOf(document, path), reason));
  if (problems.length > 0) return { ok: false, problems };
  const pack = rulePackSchema.parse(value);
  const seen = new Set<string>();
  for (const [index, rule] of pack.rules.entries()) {
    const at = (key: string) => offsetOf(document, ['rules', index, key]);
    if (seen.has(rule.id)) problems.push(problem(at('id'), `rule ${rule.id} is defined twice`));
    seen.add(rule.id);
    if ('regex' in rule) {
      const reason = checkRegex(rule.regex, isProven(rule.regex));
      if (reason !== undefined) problems.push(problem(at('regex'), `rule ${rule.id}: ${reason}`));
    } else if (signals !== undefined && !signals.has(rule.detect)) {
      problems.push(problem(at('detect'), `rule ${rule.id}: no detector gives ${rule.detect}`));
    }
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, pack: { ...pack, hash: packHash(text) } };
}

type Found = { path: PropertyKey[]; reason: string };

/** Checks rule by rule with the schema that the rule is meant for, so that a reason names the field and not "invalid union". */
function findProblems(value: unknown): Found[] {
  const whole = rulePackSchema.safeParse(value);
  if (whole.success) return [];
  const rules = (value as { rules?: unknown } | null)?.rules;
  const found: Found[] = whole.error.issues
    .filter((issue) => !(issue.path[0] === 'rules' && issue.path.length > 1))
    .map((issue) => ({ path: issue.path, reason: describe(issue.path, issue.message) }));
  if (Array.isArray(rules)) {
    for (const [index, rule] of rules.entries()) {
      const schema =
        typeof rule === 'object' && rule !== null && 'detect' in rule ? detectorRuleSchema : regexRuleSchema;
      const result = schema.safeParse(rule);
      if (result.success) continue;
      for (const issue of result.error.issues) {
        const path = ['rules', index, ...issue.path];
        found.push({ path, reason: describe(path, issue.message) });
      }
    }
  }
  return found;
}

function describe(path: PropertyKey[], message: string): string {
  return path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`;
}

/** Offset of the deepest node on the path that exists: a missing key is reported at its parent. */
function offsetOf(document: Document, path: PropertyKey[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) {
      return (node.range as number[])[0] ?? 0;
    }
  }
  return 0;
}
