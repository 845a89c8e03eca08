import type { Assessment } from '@vigil/detection';
import type { FieldSpans } from '@vigil/detection/formats/parsed-line';
import type {
  AlertSeverity,
  MatchField,
  ParsedRequest,
  RuleMatch,
  ScoredRequest,
  WindowFeatures,
} from '@vigil/shared/contracts';
import { storableText } from '@vigil/shared/text/storable-text';
import { redactLine } from './redact-line.ts';
import { REDACTED } from './redact-secrets.ts';
import { isSecretName } from './secret-names.ts';
import { Secrets } from './secrets.ts';
import { cutBytes, decodeText, decodeView, encodingOf, type Encoding } from './decode-text.ts';

/** The contract's bound on `line`; no field of a line needs more. */
const TEXT_BYTES_MAX = 8192;
/** The longest host name has 253. A forwarded address is whatever the client says, and it is looked up by an index. */
const ADDRESS_BYTES_MAX = 255;
const MATCHES_MAX = 64;
const EXCERPT_LENGTH_MAX = 200;
/** Fields that dispatchers of November 2026 refuse with the whole batch. */
const LATER_FIELDS: ReadonlySet<MatchField> = new Set(['header', 'remote_user']);

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
  /** Of its matches, which come strongest first, so many are kept; the contract's bound where it is not given. */
  matchesMax?: number;
}

/** A detection as it is stored and published: text in Unicode, everything bounded, values of secret parameters taken out. */
export function toScoredRequest(detection: Detection): ScoredRequest {
  const { request, assessment, window } = detection;
  const question = request.target.indexOf('?');
  const path = question === -1 ? request.target : request.target.slice(0, question);
  const query = question === -1 ? '' : request.target.slice(question + 1);
  const secrets = new Secrets([
    [request.target, 'field'],
    [request.referer, 'field'],
    [request.userAgent, 'line'],
    [request.host, 'line'],
    [request.remoteUser, 'line'],
    ...(request.headers ?? []).map((header): [string, 'line'] => [header, 'line']),
  ]);
  // Parts have no secrets that the whole has not.
  const isOpen = secrets.rangesOf(request.target, 'field').length === 0;
  const redactedLine = redactLine(detection.line, detection.spans, secrets);
  // Afterwards, since what stands for a secret may be longer than it.
  const line = cutBytes(redactedLine.text, TEXT_BYTES_MAX);
  const encoding = encodingOf(line);
  const inLine = (match: RuleMatch): readonly [number, number] | undefined => {
    const span = spanOf(match, detection.spans);
    return span === undefined ? undefined : [redactedLine.at(span[0]), redactedLine.at(span[1])];
  };
  return {
    id: detection.id,
    source: detection.source,
    position: detection.position,
    timestampMs: request.timestampMs,
    sourceIp: text(request.sourceIp.slice(0, ADDRESS_BYTES_MAX)),
    method: text(request.method),
    path: text(isOpen ? path : secrets.redacted(path, 'field')),
    query: text(isOpen ? query : secrets.redacted(query, 'field')),
    status: request.status,
    bytes: request.bytes,
    referer: text(secrets.redacted(request.referer, 'field')),
    userAgent: text(secrets.redacted(request.userAgent, 'line')),
    host: text(secrets.redacted(request.host, 'line')),
    score: assessment.score,
    severity: assessment.severity as AlertSeverity,
    componentScores: assessment.componentScores,
    classes: assessment.classes,
    matchedRules: assessment.matchedRules,
    matches: assessment.matches
      .slice(0, Math.min(detection.matchesMax ?? MATCHES_MAX, MATCHES_MAX))
      .map((match) => toMatch(match, line, encoding, inLine(match), secrets)),
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
  secrets: Secrets,
): RuleMatch {
  const { rule, class: name, score, field, parameter, decoded, span } = match;
  // Of a name only the name is shown.
  const isSecret = field !== 'param_name' && parameter !== undefined && isSecretName(parameter);
  const inLine = bytesSpan !== undefined && bytesSpan[1] <= line.length;
  const excerpt = isSecret ? REDACTED : decodeView(secrets.redactExcerpt(match.excerpt.slice(0, EXCERPT_LENGTH_MAX)));
  const shown: RuleMatch = { rule, class: name, score, field, decoded, excerpt: cutExcerpt(excerpt), span };
  if (LATER_FIELDS.has(field)) {
    shown.field = 'request_line';
    shown.laterField = field;
  }
  if (parameter !== undefined) shown.parameter = decodeView(parameter.slice(0, EXCERPT_LENGTH_MAX));
  if (inLine) shown.lineSpan = [lengthOf(line, bytesSpan[0], encoding), lengthOf(line, bytesSpan[1], encoding)];
  return shown;
}

/** Cut again, as it grows where secrets are taken out; half a character is text to nobody. */
function cutExcerpt(excerpt: string): string {
  return excerpt.length <= EXCERPT_LENGTH_MAX ? excerpt : storableText(excerpt.slice(0, EXCERPT_LENGTH_MAX));
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
    case 'header':
      return spans.header;
    case 'remote_user':
      return spans.remoteUser;
    case 'method':
    case 'request_line':
      return spans.request;
    default:
      return spans.target ?? spans.request;
  }
}
