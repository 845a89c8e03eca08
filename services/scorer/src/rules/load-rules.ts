import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  builtInPacks,
  createEngine,
  parseOperatorPack,
  suppressionSchema,
  type Engine,
  type PackProblem,
  type RulePack,
  type Suppression,
} from '@vigil/detection';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';

/** Packs in this folder within the rules' folder are scored beside the active ones and never alert. */
const SHADOW_FOLDER = 'shadow';
const SUPPRESSIONS_FILE = 'suppressions.yaml';

/** Far above any pack; a log file that lands in the folder by mistake is refused instead of being parsed. */
const FILE_BYTES_MAX = 4 * 1024 * 1024;

/** What an engine was made from. */
export interface RuleSet {
  packs: readonly RulePack[];
  shadowPacks: readonly RulePack[];
  suppressions: readonly Suppression[];
}

export type LoadedRules = { ok: true; engine: Engine; rules: RuleSet } | { ok: false; problems: PackProblem[] };

interface RuleFiles {
  active: string[];
  shadow: string[];
  suppressions: string[];
}

/**
 * Builds an engine from the built-in packs and a folder: `*.yaml` are packs (one with a built-in pack's id stands in for it),
 * `shadow/*.yaml` shadow packs, `suppressions.yaml` a list of suppressions. All or nothing.
 * @returns the reasons, by file and line, where anything in it is not valid; never throws
 */
export function loadRules(rulesDir: string): LoadedRules {
  const problems: PackProblem[] = [];
  try {
    const files = ruleFiles(rulesDir);
    const own = files.active.flatMap((path) => readPack(path, problems));
    const shadowPacks = files.shadow.flatMap((path) => readPack(path, problems));
    const suppressions = files.suppressions.flatMap((path) => readSuppressions(path, problems));
    for (const [index, pack] of own.entries())
      if (own.findIndex((other) => other.pack === pack.pack) !== index)
        problems.push({ file: rulesDir, line: 0, reason: `two packs have the id ${pack.pack}` });
    if (problems.length > 0) return { ok: false, problems };
    const rules = { packs: withBuiltInPacks(own), shadowPacks, suppressions };
    return { ok: true, engine: createEngine(rules), rules };
  } catch (error) {
    return { ok: false, problems: [...problems, unreadable(rulesDir, error)] };
  }
}

/** The rules of whoever has none of their own. */
export function builtInRules(): RuleSet {
  return { packs: builtInPacks(), shadowPacks: [], suppressions: [] };
}

/** These packs and the built-in ones, of which one with the id of a given pack gives way to it. */
export function withBuiltInPacks(own: readonly RulePack[]): RulePack[] {
  const replaced = new Set(own.map((pack) => pack.pack));
  return [...builtInPacks().filter((pack) => !replaced.has(pack.pack)), ...own];
}

/** A folder has no lines: its problems are in line 0, which is not shown. */
export function problemText({ file, line, reason }: PackProblem): string {
  return line === 0 ? `${file}: ${reason}` : `${file}:${line}: ${reason}`;
}

const BY_CODE: Record<string, string> = {
  ENOENT: 'there is no such folder; make it, or name another one',
  ENOTDIR: 'it is no folder; name the one that holds the rules',
  EACCES: 'permission denied; let the user that Vigil runs as read the folder and what is in it',
};

const BY_CODE_OF_FILE: Record<string, string> = {
  ...BY_CODE,
  ENOENT: 'it leads to no file; mend the link, or take it away',
  ELOOP: 'the link leads in a circle; mend it, or take it away',
};

function unreadable(rulesDir: string, error: unknown): PackProblem {
  const { code = '', path = rulesDir } = error as NodeJS.ErrnoException;
  const reasons = path === rulesDir ? BY_CODE : BY_CODE_OF_FILE;
  return { file: path, line: 0, reason: reasons[code] ?? String(error) };
}

/** Tells whether anything in the folder changed; the same text means the same files. */
export function rulesFingerprint(rulesDir: string): string {
  try {
    const { active, shadow, suppressions } = ruleFiles(rulesDir);
    return [...active, ...shadow, ...suppressions]
      .map((path) => {
        const { mtimeMs, size, ino } = statSync(path);
        return `${path} ${mtimeMs} ${size} ${ino}`;
      })
      .join('\n');
  } catch (error) {
    return `unreadable: ${String(error)}`;
  }
}

function ruleFiles(rulesDir: string): RuleFiles {
  const yamlIn = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && /^[^.].*\.ya?ml$/.test(entry.name))
      .map((entry) => join(folder, entry.name))
      .sort();
  const all = yamlIn(rulesDir);
  const suppressions = join(rulesDir, SUPPRESSIONS_FILE);
  const shadowDir = join(rulesDir, SHADOW_FOLDER);
  const hasShadow = statSync(shadowDir, { throwIfNoEntry: false })?.isDirectory() === true;
  return {
    active: all.filter((path) => path !== suppressions),
    shadow: hasShadow ? yamlIn(shadowDir) : [],
    suppressions: all.filter((path) => path === suppressions),
  };
}

function readPack(path: string, problems: PackProblem[]): RulePack[] {
  const text = readBounded(path, problems);
  if (text === undefined) return [];
  const parsed = parseOperatorPack(text, path);
  if (parsed.ok) return [parsed.pack];
  problems.push(...parsed.problems);
  return [];
}

function readSuppressions(path: string, problems: PackProblem[]): Suppression[] {
  const text = readBounded(path, problems);
  if (text === undefined) return [];
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  for (const error of document.errors)
    problems.push({ file: path, line: lines.linePos(error.pos[0]).line, reason: error.message });
  if (document.errors.length > 0) return [];
  const parsed = z.array(suppressionSchema).safeParse(document.toJS({ maxAliasCount: 20 }) ?? []);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const node = document.getIn(issue.path.slice(0, 1), true) as { range?: [number] } | undefined;
    const line = lines.linePos(node?.range?.[0] ?? 0).line || 1;
    problems.push({ file: path, line, reason: `${issue.path.map(String).join('.')}: ${issue.message}` });
  }
  return [];
}

function readBounded(path: string, problems: PackProblem[]): string | undefined {
  const stats = statSync(path);
  // A pipe that nobody writes to would be waited for, and everything else with it.
  if (!stats.isFile()) problems.push({ file: path, line: 0, reason: 'it is no file; take it away, or rename it' });
  else if (stats.size > FILE_BYTES_MAX)
    problems.push({ file: path, line: 1, reason: `larger than ${FILE_BYTES_MAX} bytes` });
  else return readFileSync(path, 'utf8');
  return undefined;
}
