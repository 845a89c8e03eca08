import type { Engine } from '@vigil/detection';
import { createLineParser } from '@vigil/detection/formats/line-parser';
import { LineJudge } from '@vigil/scorer/scoring/judge-lines';
import type { WindowStore } from '@vigil/scorer/windows/window-store';
import type { RejectionReason, Severity } from '@vigil/shared/contracts';
import { fileFingerprint, lineId } from '@vigil/shared/lines/ids';
import { FIRST_LINE_BYTES_MAX, LINE_BYTES_MAX_USUAL } from '@vigil/shared/lines/line-length';
import { lineChunks, type LineChunk } from '../line-chunks.ts';

/** So many lines are scored and given out together. */
const BATCH_LINES = 1_000;

const NEWLINE = 0x0a;

/** What became of one line; fields are named as in the output. */
export interface ScannedLine {
  /** From 1. */
  line: number;
  /** Id that the event of this line has in the pipeline, for a source of this name. */
  id: string;
  rejected?: RejectionReason | 'engine_error';
  score: number;
  severity: Severity;
  matched_rules: string[];
  classes: string[];
  source_ip: string;
  path: string;
}

export interface ScanParts {
  engine: Engine;
  windows: WindowStore;
  /** Name of the source, for the ids. */
  source: string;
  /** Number of the input among those that share the windows: the batches of two that begin alike are no repeats. */
  input: number;
  format?: string | undefined;
}

/** Scores an input offline, line by line and in order, exactly as the pipeline would with one scorer. */
export async function* scanInput(input: AsyncIterable<Buffer>, parts: ScanParts): AsyncGenerator<ScannedLine[]> {
  const parser = createLineParser(parts.format);
  let fingerprint: string | undefined;
  let lines = 0;
  for await (const chunk of lineChunks(input)) {
    for (const batch of batches(chunk)) {
      fingerprint ??= fileFingerprint(batch.lineAt(0).subarray(0, FIRST_LINE_BYTES_MAX));
      yield await scanBatch(batch, { ...parts, parser, fingerprint, firstLine: lines + 1 });
      lines += batch.positions.length;
    }
  }
}

interface Batch {
  /** Byte offset of each line in the input. */
  positions: number[];
  lineAt(line: number): Buffer;
}

function* batches(chunk: LineChunk): Generator<Batch> {
  let start = 0;
  while (start <= chunk.bytes.length) {
    const bounds: [number, number][] = [];
    while (bounds.length < BATCH_LINES && start <= chunk.bytes.length) {
      const newline = chunk.bytes.indexOf(NEWLINE, start);
      const end = newline === -1 ? chunk.bytes.length : newline;
      bounds.push([start, end]);
      start = end + 1;
    }
    yield {
      positions: bounds.map(([from]) => chunk.offset + from),
      lineAt: (line) => chunk.bytes.subarray(...bounds[line]!),
    };
  }
}

async function scanBatch(
  batch: Batch,
  parts: ScanParts & { parser: ReturnType<typeof createLineParser>; fingerprint: string; firstLine: number },
): Promise<ScannedLine[]> {
  const { engine, windows, parser, fingerprint, source, input, firstLine } = parts;
  const tooLong = new Set<number>();
  const lineAt = (line: number): string => {
    const bytes = batch.lineAt(line);
    if (bytes.length <= LINE_BYTES_MAX_USUAL) return bytes.toString('latin1');
    tooLong.add(line);
    return '';
  };
  const judge = new LineJudge(engine, { exhaustive: true, site: source });
  judge.read({ count: batch.positions.length, textAt: lineAt }, parser);
  const histories = await windows.apply(`scan-${input}-${firstLine}`, judge.windows.deltas());
  const judged = judge.conclude(histories);
  const failed = new Set(judged.failures.map((failure) => failure.line));

  return batch.positions.map((position, line): ScannedLine => {
    const request = judged.requests.get(line);
    const assessment = judged.assessments.get(line);
    const rejected = tooLong.has(line) ? 'too_long' : failed.has(line) ? 'engine_error' : judged.rejections.get(line);
    return {
      line: firstLine + line,
      id: lineId(source, fingerprint, position),
      ...(rejected === undefined ? {} : { rejected }),
      score: assessment?.score ?? 0,
      severity: assessment?.severity ?? 'LOW',
      matched_rules: assessment?.matchedRules ?? [],
      classes: assessment?.classes ?? [],
      source_ip: request?.sourceIp ?? '-',
      path: request?.target.split('?', 1)[0] ?? '',
    };
  });
}
