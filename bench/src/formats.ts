/**
 * What an ordinary line of each format costs from its bytes to its verdict, without windows' stores, beside one of the combined format.
 * `pnpm exec node bench/src/formats.ts [FORMAT,FORMAT]`: formats whose names begin like these, and the combined one. Ratios mean something,
 * absolute figures only on a quiet machine.
 */
import { createEngine } from '@vigil/detection';
import { createLineParser } from '@vigil/detection/formats/line-parser';
import { lineBounds } from '@vigil/scorer/intake/split-lines';
import { LineJudge } from '@vigil/scorer/scoring/judge-lines';
import { logsOfFormats, type FormatLog } from './harness/format-logs.ts';
import { markdownTable, median } from './harness/statistics.ts';

const BATCHES = 10;
const BATCH_LINES = 1_000;
const ROUNDS = 15;
/** Rounds until V8 has optimized what the lines need. */
const WARM_UP_ROUNDS = 5;

const asked = process.argv[2]?.split(',');
const all = logsOfFormats(BATCHES * BATCH_LINES);
const [combined] = all as [FormatLog];
const logs = all.filter((log) => log === combined || (asked?.some((name) => log.name.startsWith(name)) ?? true));
if (asked !== undefined && logs.length === 1)
  throw new Error(`no format begins with ${asked.join(' or ')}; there are ${all.map(({ name }) => name).join(', ')}`);

const engine = createEngine();

/** A log in batches, and whoever reads it. */
function readerOf({ lines, first }: FormatLog): () => number {
  const parser = createLineParser();
  if (first !== undefined) parser.parse(first);
  const batches = Array.from({ length: BATCHES }, (_, batch) => {
    const part = lines.slice(batch * BATCH_LINES, (batch + 1) * BATCH_LINES);
    const bytes = Buffer.from(part.join('\n'), 'latin1');
    return { bytes, bounds: lineBounds(bytes, part.length), count: part.length };
  });
  let next = 0;
  return () => {
    const { bytes, bounds, count } = batches[next]!;
    next = (next + 1) % batches.length;
    const { user, system } = process.cpuUsage();
    const textAt = (line: number): string => bytes.toString('latin1', bounds[line * 2]!, bounds[line * 2 + 1]!);
    const judge = new LineJudge(engine);
    judge.read({ count, textAt, bytes, bounds }, parser);
    judge.windows.deltas();
    judge.conclude(() => undefined);
    const after = process.cpuUsage();
    return (after.user + after.system - user - system) / count;
  };
}

const readers = logs.map((log) => ({ log, read: readerOf(log), costs: [] as number[] }));
for (let round = -WARM_UP_ROUNDS * BATCHES; round < ROUNDS * BATCHES; round += 1)
  for (const { read, costs } of readers) {
    const cost = read();
    if (round >= 0) costs.push(cost);
  }

const beside = median(readers[0]!.costs);
const rows = readers.map(({ log, costs }) => {
  const us = median(costs);
  const bytes = log.lines.reduce((sum, line) => sum + line.length, 0) / log.lines.length;
  return [log.name, bytes.toFixed(0), us.toFixed(2), (us / beside).toFixed(1)];
});
console.log(markdownTable(['format', 'bytes a line', 'us a line', 'times combined'], rows));
