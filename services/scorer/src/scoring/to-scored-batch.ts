import type { Assessment } from '@vigil/detection';
import type { LineParser } from '@vigil/detection/formats/line-parser';
import {
  CONTRACT_VERSION,
  type DeadLine,
  type LineBatch,
  type RejectedCounts,
  type ScoredBatch,
  type ScoredCounts,
  type ScoredRequest,
} from '@vigil/shared/contracts';
import { lineId } from '@vigil/shared/lines/ids';
import { storableText } from '@vigil/shared/text/storable-text';
import type { Failure, Judgements } from './judge-lines.ts';
import { secretRanges, withoutRanges } from './redact-secrets.ts';
import { toScoredRequest } from './scored-request.ts';
import { cutBytes, decodeText } from './decode-text.ts';

/** A dead line is kept for a person to look at and to be scored again: whole, unless it is absurd. */
const DEAD_LINE_BYTES_MAX = 1024 * 1024;

export interface BatchLines {
  batch: Omit<LineBatch, 'payload' | 'encoding'>;
  /** Offset of a line in the payload, for sources whose positions are bytes. */
  offsetOf: (line: number) => number;
  /** The line's text, one code unit per byte. */
  lineAt: (line: number) => string;
  parser: LineParser;
}

/** Turns what became of the lines into what the dispatcher stores; every line is in exactly one of its counts. */
export function toScoredBatch(
  lines: BatchLines,
  judged: Judgements,
  rulesVersion: string,
  scoredAtMs: number,
): ScoredBatch {
  const { batch } = lines;
  const scored: ScoredCounts = {
    LOW: judged.lineCount - judged.rejections.size - judged.failures.length,
    MEDIUM: 0,
    HIGH: 0,
  };
  const detections: ScoredRequest[] = [];
  const suppressed: ScoredBatch['suppressed'] = {};
  const shadow: ScoredBatch['shadow'] = {};
  for (const [line, assessment] of judged.assessments) {
    for (const id of assessment.suppressedBy ?? []) suppressed[id] = (suppressed[id] ?? 0) + 1;
    addShadow(shadow, assessment);
    if (assessment.severity === 'LOW') continue;
    scored.LOW -= 1;
    scored[assessment.severity] += 1;
    detections.push(detectionOf(lines, judged, line, assessment, rulesVersion));
  }
  // Behaviour is judged client by client; the log's own order is what readers expect.
  detections.sort((a, b) => a.position - b.position);
  const rejected: RejectedCounts = { ...batch.rejected };
  for (const reason of judged.rejections.values()) rejected[reason] = (rejected[reason] ?? 0) + 1;
  return {
    v: CONTRACT_VERSION,
    id: batch.id,
    source: storableText(batch.source),
    fingerprint: storableText(batch.fingerprint),
    positions: batch.positions,
    linesRead: judged.lineCount + Object.values(batch.rejected).reduce((sum, count) => sum + (count ?? 0), 0),
    scored,
    rejected,
    deadLines: judged.failures.map((failure) => deadLineOf(lines, failure)),
    detections,
    suppressed,
    shadow,
    rulesVersion,
    readAtMs: batch.readAtMs,
    scoredAtMs,
    ...(batch.traceparent === undefined ? {} : { traceparent: batch.traceparent }),
  };
}

function detectionOf(
  lines: BatchLines,
  judged: Judgements,
  line: number,
  assessment: Assessment,
  rulesVersion: string,
): ScoredRequest {
  const position = positionOf(lines, line);
  const text = lines.lineAt(line);
  return toScoredRequest({
    id: lineId(lines.batch.source, lines.batch.fingerprint, position),
    source: storableText(lines.batch.source),
    position,
    line: text,
    spans: lines.parser.spans(text),
    request: judged.requests[line]!,
    assessment,
    window: judged.features.get(line),
    rulesVersion,
  });
}

function deadLineOf(lines: BatchLines, failure: Failure): DeadLine {
  const position = positionOf(lines, failure.line);
  const text = cutBytes(lines.lineAt(failure.line), DEAD_LINE_BYTES_MAX);
  return {
    id: lineId(lines.batch.source, lines.batch.fingerprint, position),
    position,
    line: decodeText(withoutRanges(text, secretRanges(text, 'line')).text),
    reason: storableText(`${failure.reason}: ${failure.message}`),
    stack: storableText(failure.stack),
  };
}

function positionOf({ batch, offsetOf }: BatchLines, line: number): number {
  return batch.firstPosition + (batch.positions === 'bytes' ? offsetOf(line) : line);
}

function addShadow(shadow: ScoredBatch['shadow'], assessment: Assessment): void {
  for (const [pack, verdict] of Object.entries(assessment.shadow ?? {})) {
    const counts = (shadow[pack] ??= { onlyActive: 0, onlyShadow: 0 });
    if (verdict.onlyActive) counts.onlyActive += 1;
    if (verdict.onlyShadow) counts.onlyShadow += 1;
  }
}
