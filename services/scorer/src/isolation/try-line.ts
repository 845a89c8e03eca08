import type { Engine } from '@vigil/detection';
import type { ScoredRequest } from '@vigil/shared/contracts';
import { detectionOf, type BatchLines } from '../scoring/to-scored-batch.ts';

/**
 * Does with a line all that scoring may do with it: how its address behaves may make a detection of any request, so what would be
 * stored is always made.
 * @returns the detection; undefined where the line is no request
 * @throws what the line makes any of the code throw
 */
export function tryLine(lines: BatchLines, line: number, engine: Engine): ScoredRequest | undefined {
  const parsed = lines.parser.parse(lines.lineAt(line));
  if (!parsed.ok) return undefined;
  const { request } = parsed;
  const assessment = engine.conclude(request, engine.inspect(request));
  return detectionOf(lines, line, { request, assessment, window: undefined, rulesVersion: engine.version });
}
