import type { Assessment } from '@vigil/detection';
import type { FieldSpans } from '@vigil/detection/formats/parsed-line';
import type { AlertSeverity, ParsedRequest, RuleMatch, ScoredRequest, WindowFeatures } from '@vigil/shared/contracts';
import { cutBytes, decodeText, decodeView, encodingOf, type Encoding } from './storable-text.ts';

/** The contract's bound on `line`; no field of a line needs more. */
const TEXT_BYTES_MAX = 8192;
const MATCHES_MAX = 64;
const EXCERPT_LENGTH_MAX = 200;

export interface Detection {
  id: string;
  source: string;
  position: number;
  /** As read, one code unit per byte. */
  line: string;
  spans: FieldSpans;
  request: ParsedRequest;
  assessment: Assessment;
  window: WindowFeatures | undefined;
  rulesVersion: string;
}

/** A detection as it is stored and published: text in Unicode, everything bounded. */
export function toScoredRequest(detection: Detection): ScoredRequest {
  const { request, assessment, window } = detection;
  const question = request.target.indexOf('?');
  const path = question === -1 ? request.target : request.target.slice(0, question);
  const query = question === -1 ? '' : request.target.slice(question + 1);
  const line = cutBytes(detection.line, TEXT_BYTES_MAX);
  const encoding = encodingOf(line);
  return {
    id: detection.id,
    source: detection.source,
    position: detection.position,
    timestampMs: request.timestampMs,
    sourceIp: text(request.sourceIp),
    method: text(request.method),
    path: text(path),
    query: text(query),
    status: request.status,
    bytes: request.bytes,
    referer: text(request.referer),
    userAgent: text(request.userAgent),
    host: text(request.host),
    score: assessment.score,
    severity: assessment.severity as AlertSeverity,
    componentScores: assessment.componentScores,
    classes: assessment.classes,
    matchedRules: assessment.matchedRules,
    matches: assessment.matches
      .slice(0, MATCHES_MAX)
      .map((match) => toMatch(match, line, encoding, spanOf(match, detection.spans))),
    ...(window === undefined ? {} : { window }),
    line: decodeText(line, encoding),
    rulesVersion: detection.rulesVersion,
  };
}

function text(bytes: string): string {
  return decodeText(cutBytes(bytes, TEXT_BYTES_MAX));
}

function toMatch(
  match: RuleMatch,
  line: string,
  encoding: Encoding,
  bytesSpan: readonly [number, number] | undefined,
): RuleMatch {
  const { parameter, lineSpan: _lineSpan, ...rest } = match;
  const inLine = bytesSpan !== undefined && bytesSpan[1] <= line.length;
  return {
    ...rest,
    ...(parameter === undefined ? {} : { parameter: decodeView(parameter.slice(0, EXCERPT_LENGTH_MAX)) }),
    excerpt: decodeView(match.excerpt.slice(0, EXCERPT_LENGTH_MAX)),
    ...(inLine ? { lineSpan: [lengthOf(line, bytesSpan[0], encoding), lengthOf(line, bytesSpan[1], encoding)] } : {}),
  };
}

/** Characters that the first `end` bytes of the line become. */
function lengthOf(line: string, end: number, encoding: Encoding): number {
  return encoding === 'latin1' ? end : decodeText(line.slice(0, end), encoding).length;
}

function spanOf(match: RuleMatch, spans: FieldSpans): readonly [number, number] | undefined {
  switch (match.field) {
    case 'window':
      return undefined;
    case 'status':
      return spans.status;
    case 'referer':
      return spans.referer;
    case 'user_agent':
      return spans.userAgent;
    case 'host':
      return spans.host;
    case 'method':
    case 'request_line':
      return spans.request;
    default:
      return spans.target ?? spans.request;
  }
}
