import type { RejectionReason } from '@vigil/shared/contracts';
import { addressOnly } from './addresses.ts';
import { rejected, type FieldSpans, type ParsedLine } from './parsed-line.ts';
import { closingQuote, unescapeField } from './quoted.ts';
import { splitRequestLine, targetSpan, type RequestLine } from './request-line.ts';
import { CLF_TIME_LENGTH, clfTimeMs, timeMs } from './timestamps.ts';

const SPACE = 0x20;
const QUOTE = 0x22;
const DASH = 0x2d;
const BYTES_DIGITS_MAX = 15;

/** Where the fields of the line scanned last stand. One object for all lines, as this runs millions of times a second. */
const at = {
  timestampMs: 0,
  /** First backslash of the line, or its length: before it nothing needs unescaping. */
  backslash: 0,
  /** Whether the address consists of digits and dots alone. */
  plainIp: false,
  ipEnd: 0,
  userStart: 0,
  userEnd: 0,
  requestStart: 0,
  requestEnd: 0,
  statusStart: 0,
  status: 0,
  bytes: 0,
  refererStart: 0,
  refererEnd: 0,
  agentStart: 0,
  agentEnd: 0,
  /** Where what follows the known fields begins. */
  rest: 0,
};

/**
 * Parses a line of Apache's and nginx's `combined` or `common` format, one code unit per byte. Fields after the agent are left to
 * the caller's format (`combinedRest`). The time is the bracket right before the first quoted field, so a user name cannot forge it.
 * @param start where the format begins in the line, after a prefix
 */
export function parseCombined(line: string, start = 0): ParsedLine {
  const end = lineEnd(line);
  const problem = scan(line, start, end);
  if (problem !== undefined) return rejected(problem);
  const { method, target, protocol } = requestOf(line);
  return {
    ok: true,
    request: {
      timestampMs: at.timestampMs,
      sourceIp: at.plainIp ? line.slice(start, at.ipEnd) : addressOnly(line, start, at.ipEnd),
      method,
      target,
      protocol,
      status: at.status,
      bytes: at.bytes,
      referer: fieldOf(line, at.refererStart, at.refererEnd),
      userAgent: fieldOf(line, at.agentStart, at.agentEnd),
      host: '',
      remoteUser: fieldOf(line, at.userStart, at.userEnd),
    },
  };
}

const REQUEST_START = /^[A-Z]{3,7} \//;
/** Of a status that was cut off. */
const STATUS_START = /^ ?\d{0,2}$/;
/** Of an escape that was cut off, whose backslash would escape what is put behind it. */
const ESCAPE_START = /\\(?:x[0-9a-f]?)?$/i;

/**
 * A line that was cut off within its request, with that closed and no status behind it; undefined for any other. Whatever passes lines on
 * may bound them (HAProxy at 1,024 bytes, syslog at 2 or 8 KiB), and clients decide how long they are.
 * @param start where the format begins in the line, after a prefix
 */
export function closeRequest(line: string, start = 0): string | undefined {
  const end = lineEnd(line);
  const request = requestQuote(line, start, end) + 1;
  if (request === 0 || !REQUEST_START.test(line.slice(request, request + 9))) return undefined;
  const close = closingQuote(line, request, end, () => true);
  if (close !== -1 && !STATUS_START.test(line.slice(close + 1, end))) return undefined;
  return `${line.slice(0, close === -1 ? end : close).replace(ESCAPE_START, '')}" -`;
}

/** What follows the agent in the line that `parseCombined` accepted last, without leading spaces. */
export function combinedRest(line: string): string {
  return at.rest >= line.length ? '' : line.slice(at.rest, lineEnd(line)).trim();
}

/** What stands between address and user in the line that `parseCombined` accepted last; empty where it is a dash. */
export function combinedIdentity(line: string): string {
  const end = at.userStart === at.userEnd ? -1 : at.userStart - 1;
  return end - at.ipEnd <= 2 ? '' : line.slice(at.ipEnd + 1, end);
}

/** Where the bracket before the time stands in the line that `parseCombined` accepted last. */
export function combinedTimeAt(): number {
  return at.userEnd + 1;
}

/** Whether nothing stands between the agent's quotes in the line that `parseCombined` accepted last, or it has no agent; a dash is something. */
export function isCombinedAgentEmpty(): boolean {
  return at.agentStart === at.agentEnd;
}

/** Whether the address of the line that `parseCombined` accepted last is an IPv4 one without port. */
export function isCombinedAddressPlain(): boolean {
  return at.plainIp;
}

/** Where the fields stand in a line that `parseCombined` accepts. */
export function combinedSpans(line: string, start = 0): FieldSpans {
  if (scan(line, start, lineEnd(line)) !== undefined) return {};
  return {
    request: [at.requestStart, at.requestEnd],
    target: targetSpan(line, at.requestStart, at.requestEnd),
    status: [at.statusStart, at.statusStart + (at.status === 0 ? 1 : 3)],
    ...(at.userEnd > at.userStart ? { remoteUser: [at.userStart, at.userEnd] } : {}),
    ...(at.refererEnd > at.refererStart ? { referer: [at.refererStart, at.refererEnd] } : {}),
    ...(at.agentEnd > at.agentStart ? { userAgent: [at.agentStart, at.agentEnd] } : {}),
    ...(at.rest + 1 < lineEnd(line) ? { header: [at.rest + 1, lineEnd(line)] } : {}),
  };
}

/** Length of the line without a carriage return and spaces at its end. */
function lineEnd(line: string): number {
  let end = line.length;
  while (end > 0 && (line.charCodeAt(end - 1) === 0x0d || line.charCodeAt(end - 1) === SPACE)) end -= 1;
  return end;
}

/** Finds the fields; returns why the line has none. */
function scan(line: string, start: number, end: number): RejectionReason | undefined {
  if (end <= start) return 'empty';
  const backslash = line.indexOf('\\', start);
  at.backslash = backslash === -1 ? end : backslash;
  const quote = requestQuote(line, start, end);
  if (quote === -1) return 'unparsable';
  const bracket = findTime(line, start, quote);
  findAddress(line, start);
  if (bracket === -1 || at.ipEnd === -1 || at.ipEnd >= bracket || at.ipEnd === start) return 'unparsable';
  if (Number.isNaN(at.timestampMs)) return 'invalid_timestamp';
  findUser(line, bracket);
  at.requestStart = quote + 1;
  at.requestEnd = fieldEnd(line, at.requestStart, end, statusFollows);
  if (at.requestEnd === -1) return 'unparsable';
  const afterNumbers = findNumbers(line, at.requestEnd + 2, end);
  findReferrerAndAgent(line, afterNumbers, end);
  return undefined;
}

/** The quote that opens the request: the first one right after `] `. */
function requestQuote(line: string, start: number, end: number): number {
  const bracket = line.indexOf('] "', Math.max(0, start - 2));
  return bracket === -1 || bracket + 2 >= end ? -1 : bracket + 2;
}

/** Reads the time before the quote; returns the index of its bracket, or -1. */
function findTime(line: string, start: number, quote: number): number {
  const usual = quote - 3 - CLF_TIME_LENGTH;
  // With another notation as long as the usual one there is no blank before the zone.
  if (usual > start && line.charCodeAt(usual) === 0x5b && line.charCodeAt(usual + 21) === SPACE) {
    at.timestampMs = clfTimeMs(line, usual + 1);
    return usual;
  }
  const bracket = line.lastIndexOf('[', quote);
  if (bracket <= start) return -1;
  at.timestampMs = timeMs(line.slice(bracket + 1, quote - 2));
  return bracket;
}

function findAddress(line: string, start: number): void {
  let i = start;
  for (let code = line.charCodeAt(i); (code >= 48 && code <= 57) || code === 0x2e; code = line.charCodeAt(i)) i += 1;
  at.plainIp = line.charCodeAt(i) === SPACE;
  if (at.plainIp) at.ipEnd = i;
  // No address begins with a quote: the whole line stands in quotes.
  else at.ipEnd = line.charCodeAt(start) === QUOTE ? -1 : line.indexOf(' ', i);
}

function findUser(line: string, bracket: number): void {
  at.userStart = bracket - 1;
  at.userEnd = bracket - 1;
  if (bracket === at.ipEnd + 5 && line.charCodeAt(bracket - 2) === DASH) return;
  // A user name may hold spaces; the identity before it never does.
  const identityEnd = line.indexOf(' ', at.ipEnd + 1);
  if (identityEnd !== -1 && identityEnd < bracket - 1) at.userStart = identityEnd + 1;
}

/** `closingQuote`, with a short way for the usual field without escapes. */
function fieldEnd(line: string, from: number, end: number, follows: typeof statusFollows): number {
  const quote = line.indexOf('"', from);
  if (quote !== -1 && quote < at.backslash && follows(line, quote + 1, end)) return quote;
  return closingQuote(line, from, end, follows);
}

function statusFollows(line: string, after: number, end: number): boolean {
  if (after + 1 >= end || line.charCodeAt(after) !== SPACE) return false;
  if (line.charCodeAt(after + 1) === DASH) return after + 2 >= end || line.charCodeAt(after + 2) === SPACE;
  return (
    isDigit(line, after + 1) &&
    isDigit(line, after + 2) &&
    isDigit(line, after + 3) &&
    after + 3 < end &&
    (after + 4 >= end || line.charCodeAt(after + 4) === SPACE)
  );
}

/** Reads status and bytes; returns where the next field may begin. */
function findNumbers(line: string, from: number, end: number): number {
  at.statusStart = from;
  at.bytes = 0;
  let i = from;
  if (line.charCodeAt(i) === DASH) {
    at.status = 0;
    i += 1;
  } else {
    at.status = (line.charCodeAt(i) - 48) * 100 + (line.charCodeAt(i + 1) - 48) * 10 + (line.charCodeAt(i + 2) - 48);
    i += 3;
  }
  if (i >= end) return i;
  i += 1;
  if (line.charCodeAt(i) === DASH) return i + 1;
  const digitsEnd = Math.min(end, i + BYTES_DIGITS_MAX);
  for (; i < digitsEnd && isDigit(line, i); i += 1) at.bytes = at.bytes * 10 + (line.charCodeAt(i) - 48);
  return i;
}

function findReferrerAndAgent(line: string, from: number, end: number): void {
  at.refererStart = from;
  at.refererEnd = from;
  at.agentStart = from;
  at.agentEnd = from;
  at.rest = from;
  if (line.charCodeAt(from) !== SPACE || line.charCodeAt(from + 1) !== QUOTE) return;
  at.refererStart = from + 2;
  at.refererEnd = fieldEnd(line, from + 2, end, quotedFieldFollows);
  if (at.refererEnd === -1) at.refererEnd = closingQuote(line, from + 2, end, fieldEnds);
  if (at.refererEnd === -1) at.refererEnd = end;
  at.rest = at.refererEnd + 1;
  if (line.charCodeAt(at.rest) !== SPACE || line.charCodeAt(at.rest + 1) !== QUOTE) return;
  at.agentStart = at.rest + 2;
  // A line that was cut off within the agent keeps what there is.
  const agentEnd = fieldEnd(line, at.agentStart, end, fieldEnds);
  at.agentEnd = agentEnd === -1 ? end : agentEnd;
  at.rest = Math.min(end, at.agentEnd + 1);
}

function quotedFieldFollows(line: string, after: number, end: number): boolean {
  return after + 1 < end && line.charCodeAt(after) === SPACE && line.charCodeAt(after + 1) === QUOTE;
}

function fieldEnds(line: string, after: number, end: number): boolean {
  return after >= end || line.charCodeAt(after) === SPACE;
}

/** The field unescaped; `-` and an empty one are empty. */
function fieldOf(line: string, start: number, end: number): string {
  const length = end - start;
  if (length <= 0 || (length === 1 && line.charCodeAt(start) === DASH)) return '';
  return end <= at.backslash ? line.slice(start, end) : unescapeField(line, start, end);
}

function requestOf(line: string): RequestLine {
  if (at.requestEnd <= at.backslash) return splitRequestLine(line, at.requestStart, at.requestEnd);
  return splitRequestLine(unescapeField(line, at.requestStart, at.requestEnd));
}

function isDigit(line: string, index: number): boolean {
  const code = line.charCodeAt(index);
  return code >= 48 && code <= 57;
}
