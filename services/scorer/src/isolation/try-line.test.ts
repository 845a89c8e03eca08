import { createEngine } from '@vigil/detection';
import { createLineParser } from '@vigil/detection/formats/line-parser';
import { expect, it } from 'vitest';
import { lineBatchOf, logLine } from '../testing/line-batch.ts';
import { tryLine } from './try-line.ts';

it('makes what would be stored of a line, an ordinary one too', () => {
  const engine = createEngine();
  const lines = [logLine('/'), 'garbage'];
  const batch = lineBatchOf(lines);
  const parts = { batch, offsetOf: () => 0, lineAt: (line: number) => lines[line]!, parser: createLineParser() };
  expect(tryLine(parts, 0, engine)).toMatchObject({ path: '/', severity: 'LOW', line: lines[0] });
  expect(tryLine(parts, 1, engine)).toBeUndefined();
});
