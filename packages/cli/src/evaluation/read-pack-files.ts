import { readFile } from 'node:fs/promises';
import { parseRulePack, SIGNALS, type PackProblem, type RulePack } from '@vigil/detection';

/** Reads rule packs; all problems of all files, or the packs. */
export async function readPackFiles(
  files: readonly string[],
): Promise<{ ok: true; packs: RulePack[] } | { ok: false; problems: PackProblem[] }> {
  const parsed = await Promise.all(
    files.map(async (file) => parseRulePack(await readFile(file, 'utf8'), file, SIGNALS)),
  );
  const problems = parsed.flatMap((item) => (item.ok ? [] : item.problems));
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, packs: parsed.flatMap((item) => (item.ok ? [item.pack] : [])) };
}
