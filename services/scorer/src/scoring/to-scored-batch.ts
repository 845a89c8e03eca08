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
import { failureOf, type Failure, type Judgements } from './judge-lines.ts';
import { redactLine } from './redact-line.ts';
import { REDACTED } from './redact-secrets.ts';
import { toScoredRequest, type Detection } from './scored-request.ts';
import { cutBytes, decodeText } from './decode-text.ts';

/** A dead line is kept for a person to look at and to be scored again: whole, unless it is absurd. */
const DEAD_LINE_BYTES_MAX = 1024 * 1024;

/**
 * Matches that the events of a batch keep between them, and those that each keeps whatever the others have. Only lines made to match as
 * many rules as they can come near; their batches would otherwise be many times as large as any other, in every process on the way.
 */
const BATCH_MATCHES_MAX = 16_000;
const EVENT_MATCHES_MIN = 4;

/** A batch without its lines. */
export type BatchHead = Omit<LineBatch, 'payload' | 'encoding'>;

export interface BatchLines {
  batch: BatchHead;
  /** Offset of a line in the payload, for sources whose positions are bytes. */
  offsetOf: (line: number) => number;
  /** The line's text, one code unit per byte. */
  lineAt: (line: number) => string;
  parser: LineParser;
}

/** What the dispatcher stores, and all lines that failed: those that did when they were judged, and those whose record cannot be made. */
export interface ScoredLines {
  scored: ScoredBatch;
  failures: readonly Failure[];
}

/** Turns what became of the lines into what the dispatcher stores; every line is in exactly one of its counts. */
export function toScoredBatch(
  lines: BatchLines,
  judged: Judgements,
  rulesVersion: string,
  scoredAtMs: number,
): ScoredLines {
  const { batch } = lines;
  const failures = [...judged.failures];
  const scored: ScoredCounts = {
    LOW: judged.lineCount - judged.rejections.size - judged.failures.length,
    MEDIUM: 0,
    HIGH: 0,
  };
  const detections: ScoredRequest[] = [];
  // Operators name suppressions and packs, and may name one as a property that every object has.
  const suppressed = new Map<string, number>();
  const shadow: ShadowCounts = new Map();
  const matchesMax = matchesPerEvent(judged);
  for (const [line, assessment] of judged.assessments) {
    for (const id of assessment.suppressedBy ?? []) suppressed.set(id, (suppressed.get(id) ?? 0) + 1);
    addShadow(shadow, assessment);
    if (assessment.severity === 'LOW') continue;
    scored.LOW -= 1;
    try {
      const window = judged.features.get(line);
      const request = judged.requests.get(line)!;
      detections.push(detectionOf(lines, line, { request, assessment, window, rulesVersion, matchesMax }));
      scored[assessment.severity] += 1;
    } catch (error) {
      failures.push(failureOf(line, error));
    }
  }
  // Behaviour is judged client by client; the log's own order is what readers expect.
  detections.sort((a, b) => a.position - b.position);
  const rejected: RejectedCounts = { ...batch.rejected };
  for (const reason of judged.rejections.values()) rejected[reason] = (rejected[reason] ?? 0) + 1;
  const scoredBatch: ScoredBatch = {
    v: CONTRACT_VERSION,
    id: batch.id,
    source: storableText(batch.source),
    fingerprint: storableText(batch.fingerprint),
    positions: batch.positions,
    ...(batch.format === undefined ? {} : { format: storableText(batch.format) }),
    linesRead: judged.lineCount + Object.values(batch.rejected).reduce((sum, count) => sum + (count ?? 0), 0),
    scored,
    rejected,
    deadLines: failures.map((failure) => deadLineOf(lines, failure)),
    detections,
    suppressed: Object.fromEntries(suppressed),
    shadow: Object.fromEntries(shadow),
    rulesVersion,
    readAtMs: batch.readAtMs,
    scoredAtMs,
    ...(batch.traceparent === undefined ? {} : { traceparent: batch.traceparent }),
  };
  return { scored: scoredBatch, failures };
}

/** The strongest matches that each event keeps: all of them, but in a batch that has more than it may. */
function matchesPerEvent({ assessments }: Judgements): number {
  let events = 0;
  let total = 0;
  for (const { severity, matches } of assessments.values()) {
    if (severity === 'LOW') continue;
    events += 1;
    total += matches.length;
  }
  if (total <= BATCH_MATCHES_MAX) return Infinity;
  return Math.max(EVENT_MATCHES_MIN, Math.floor(BATCH_MATCHES_MAX / events));
}

/** What is stored of a line that reached MEDIUM. */
export function detectionOf(
  lines: BatchLines,
  line: number,
  judged: Pick<Detection, 'request' | 'assessment' | 'window' | 'rulesVersion' | 'matchesMax'>,
): ScoredRequest {
  const position = positionOf(lines, line);
  const text = lines.lineAt(line);
  return toScoredRequest({
    id: lineId(lines.batch.source, lines.batch.fingerprint, position),
    source: storableText(lines.batch.source),
    position,
    line: text,
    spans: lines.parser.spans(text),
    ...judged,
  });
}

function deadLineOf(lines: BatchLines, failure: Failure): DeadLine {
  const position = positionOf(lines, failure.line);
  return {
    id: lineId(lines.batch.source, lines.batch.fingerprint, position),
    position,
    line: deadText(cutBytes(lines.lineAt(failure.line), DEAD_LINE_BYTES_MAX)),
    reason: storableText(`${failure.reason}: ${failure.message}`),
    stack: storableText(failure.stack),
  };
}

/** What failed may be the very search for secrets: then nothing of the line can be shown, and its position says where it stands. */
function deadText(text: string): string {
  try {
    return decodeText(redactLine(text, {}).text);
  } catch {
    return REDACTED;
  }
}

function positionOf({ batch, offsetOf }: BatchLines, line: number): number {
  return batch.firstPosition + (batch.positions === 'bytes' ? offsetOf(line) : line);
}

type ShadowCounts = Map<string, { onlyActive: number; onlyShadow: number }>;

function addShadow(shadow: ShadowCounts, assessment: Assessment): void {
  for (const [pack, verdict] of Object.entries(assessment.shadow ?? {})) {
    const counts = shadow.get(pack) ?? { onlyActive: 0, onlyShadow: 0 };
    shadow.set(pack, counts);
    if (verdict.onlyActive) counts.onlyActive += 1;
    if (verdict.onlyShadow) counts.onlyShadow += 1;
  }
}
