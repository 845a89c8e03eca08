import { parseOperatorPack, type PackProblem, type RulePack } from '@vigil/detection';
import { problemText } from '@vigil/scorer/rules/load-rules';
import { EXIT_FAILED } from '../exit.ts';
import { userPath } from '../paths.ts';
import { readText, requireFiles } from '../user-files.ts';

/**
 * Reads rule packs; all problems of all files, or the packs.
 * @throws UserError where a file cannot be read
 */
export async function readPackFiles(
  files: readonly string[],
): Promise<{ ok: true; packs: RulePack[] } | { ok: false; problems: PackProblem[] }> {
  const paths = files.map(userPath);
  await requireFiles(paths);
  const parsed = await Promise.all(paths.map(async (path) => parseOperatorPack(await readText(path), path)));
  const problems = parsed.flatMap((item) => (item.ok ? [] : item.problems));
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, packs: parsed.flatMap((item) => (item.ok ? [item.pack] : [])) };
}

/** Says what is wrong with rule packs, and that the command failed. */
export function refusePacks(problems: readonly PackProblem[]): void {
  for (const problem of problems) console.error(problemText(problem));
  process.exitCode = EXIT_FAILED;
}
