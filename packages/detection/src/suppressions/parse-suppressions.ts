import { LineCounter, parseDocument } from 'yaml';
import type { PackProblem } from '../rules/parse-rule-pack.ts';
import { suppressionSchema, type Suppression } from './suppression.ts';

export type ParsedSuppressions = { ok: true; suppressions: Suppression[] } | { ok: false; problems: PackProblem[] };

/** Reads a YAML list of suppressions. Pure; the file's name is only for the problems. */
export function parseSuppressions(text: string, fileName: string): ParsedSuppressions {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problem = (offset: number, reason: string): PackProblem => ({
    file: fileName,
    line: lines.linePos(offset).line || 1,
    reason,
  });
  if (document.errors.length > 0) {
    return { ok: false, problems: document.errors.map((error) => problem(error.pos[0], error.message)) };
  }
  const value: unknown = document.toJS({ maxAliasCount: 20 }) ?? [];
  if (!Array.isArray(value)) return { ok: false, problems: [problem(0, 'a list of suppressions is expected')] };
  const problems: PackProblem[] = [];
  const suppressions: Suppression[] = [];
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    const node = document.getIn([index], true);
    const range =
      typeof node === 'object' && node !== null && 'range' in node ? (node.range as number[] | undefined) : undefined;
    const parsed = suppressionSchema.safeParse(item);
    if (!parsed.success) {
      problems.push(
        ...parsed.error.issues.map((issue) =>
          problem(range?.[0] ?? 0, [...issue.path.map(String), issue.message].join(': ')),
        ),
      );
    } else if (seen.has(parsed.data.id)) {
      problems.push(problem(range?.[0] ?? 0, `suppression ${parsed.data.id} is listed twice`));
    } else {
      seen.add(parsed.data.id);
      suppressions.push(parsed.data);
    }
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, suppressions };
}
