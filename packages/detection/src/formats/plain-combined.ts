import { textOf } from '../text/chars.ts';
import { isPlainRest } from './other-headers.ts';
import { CLF_TIME_LENGTH, clfTimeMs } from './timestamps.ts';

const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const DASH = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const BRACKET = 0x5d;
const UNAUTHORIZED = 401;
const ADDRESS_LENGTH_MAX = 45;
const BYTES_DIGITS_MAX = 15;
/** What usually stands around a line is shorter, and with it address, user and time. */
const BEFORE_REQUEST_MAX = 512;

/** Methods of nearly all requests, by their bytes with the blank behind. */
const METHODS = ['GET', 'POST', 'HEAD'].map((name) => ({ name, bytes: Buffer.from(`${name} `) }));
const BEFORE_USER = Buffer.from(' - ');
const BEFORE_TIME = Buffer.from(' [');
const AFTER_TIME = Buffer.from('] "');
const PROTOCOL = Buffer.from(' HTTP/');

/** Where the fields of a plain line stand: `[start, end)` in its bytes. An absent field is empty. */
export interface PlainFields {
  ipStart: number;
  ipEnd: number;
  isIpv4: boolean;
  /** The IPv4 address as a signed 32-bit number, where it is one. */
  ipv4: number;
  timestampMs: number;
  method: string;
  targetStart: number;
  targetEnd: number;
  status: number;
  bytes: number;
  refererStart: number;
  refererEnd: number;
  agentStart: number;
  agentEnd: number;
}

export function emptyPlainFields(): PlainFields {
  return {
    ipStart: 0,
    ipEnd: 0,
    isIpv4: false,
    ipv4: 0,
    timestampMs: 0,
    method: '',
    targetStart: 0,
    targetEnd: 0,
    status: 0,
    bytes: 0,
    refererStart: 0,
    refererEnd: 0,
    agentStart: 0,
    agentEnd: 0,
  };
}

/**
 * Where a line in the combined or common format begins in bytes[start, end) that something stands before; -1 where that does not show.
 * What it is that stands there is for others to say: the user's name may hold words, too.
 */
export function combinedStart(bytes: Buffer, start: number, end: number): number {
  const timeAt = endOfTime(bytes, start, end) - CLF_TIME_LENGTH;
  if (timeAt <= start || !stands(bytes, timeAt - BEFORE_TIME.length, BEFORE_TIME)) return -1;
  const userAt = wordStart(bytes, start, timeAt - BEFORE_TIME.length);
  const ipEnd = userAt - BEFORE_USER.length;
  return ipEnd <= start || !stands(bytes, ipEnd, BEFORE_USER) ? -1 : wordStart(bytes, start, ipEnd);
}

/**
 * Finds the fields of a line in the combined or common format as servers write nearly all of them: an address, a usual method, nothing
 * escaped. What it accepts `parseCombined` reads alike; whatever is unusual it leaves to that, which makes texts of the fields
 * and costs several times as much.
 * @param fields takes what was found; of no meaning where the answer is no
 */
export function findPlainCombined(bytes: Buffer, start: number, lineEnd: number, fields: PlainFields): boolean {
  let end = lineEnd;
  while (end > start && (bytes[end - 1] === CR || bytes[end - 1] === SPACE)) end -= 1;
  const ipEnd = addressEnd(bytes, start, end, fields);
  if (ipEnd === -1 || !stands(bytes, ipEnd, BEFORE_USER)) return false;
  const userAt = ipEnd + BEFORE_USER.length;
  const userEnd = wordEnd(bytes, userAt, end);
  if (!stands(bytes, userEnd, BEFORE_TIME)) return false;
  if ((userEnd !== userAt + 1 || bytes[userAt] !== DASH) && !isPlainRest(bytes, userAt, userEnd)) return false;
  const timeAt = userEnd + BEFORE_TIME.length;
  const timeEnd = timeAt + CLF_TIME_LENGTH;
  if (timeEnd > end || !stands(bytes, timeEnd, AFTER_TIME)) return false;
  fields.timestampMs = plainTimeMs(bytes, timeAt);
  if (Number.isNaN(fields.timestampMs)) return false;
  const targetStart = methodEnd(bytes, timeEnd + AFTER_TIME.length, fields);
  if (targetStart === -1) return false;
  // A lone word after the method is read otherwise, and so is a target with a blank or a quote in it; whose URL it is, Squid's rest tells.
  let at = wordEnd(bytes, targetStart, end);
  if (bytes[targetStart] !== SLASH || !stands(bytes, at, PROTOCOL)) return false;
  fields.targetStart = targetStart;
  fields.targetEnd = at;
  at += PROTOCOL.length;
  if (!isDigit(bytes[at])) return false;
  at += bytes[at + 1] === DOT && isDigit(bytes[at + 2]) ? 3 : 1;
  if (bytes[at] !== QUOTE || bytes[at + 1] !== SPACE) return false;
  at += 2;
  if (at + 4 >= end || !isDigit(bytes[at]) || !isDigit(bytes[at + 1]) || !isDigit(bytes[at + 2])) return false;
  if (bytes[at + 3] !== SPACE) return false;
  fields.status = decimal(bytes, at, at + 3);
  // Somebody whose password was refused is no plain matter.
  if (fields.status === UNAUTHORIZED && withoutDash(bytes, userAt, userEnd) !== userAt) return false;
  return findRest(bytes, at + 4, end, fields);
}

/** Finds the size, the referer and the agent. */
function findRest(bytes: Buffer, sizeAt: number, end: number, fields: PlainFields): boolean {
  let at = sizeAt;
  fields.bytes = 0;
  if (bytes[at] === DASH) at += 1;
  else {
    while (at < end && isDigit(bytes[at])) at += 1;
    if (at === sizeAt || at - sizeAt > BYTES_DIGITS_MAX) return false;
    fields.bytes = decimal(bytes, sizeAt, at);
  }
  if (at === end) {
    fields.refererStart = fields.refererEnd = fields.agentStart = fields.agentEnd = end;
    return true;
  }
  if (bytes[at] !== SPACE || bytes[at + 1] !== QUOTE) return false;
  fields.refererStart = at + 2;
  at = fieldEnd(bytes, at + 2, end);
  if (at === -1 || bytes[at + 1] !== SPACE || bytes[at + 2] !== QUOTE || at + 2 >= end) return false;
  fields.refererEnd = withoutDash(bytes, fields.refererStart, at);
  fields.agentStart = at + 3;
  at = fieldEnd(bytes, at + 3, end);
  if (at === -1) return false;
  // What follows the agent tells how long the request took, which matters for events alone, or is a header, which rules may read; behind
  // an empty one it may be HAProxy's, which has the agent there.
  if (at + 1 < end && (at === fields.agentStart || bytes[at + 1] !== SPACE || !isPlainRest(bytes, at + 2, end)))
    return false;
  fields.agentEnd = withoutDash(bytes, fields.agentStart, at);
  return true;
}

/** Where the address ends, which is an IPv4 one or an IPv6 one in a notation that is taken as it stands; -1 where it is neither. */
function addressEnd(bytes: Buffer, start: number, end: number, fields: PlainFields): number {
  let at = start;
  let octets = 1;
  let octet = -1;
  let number = 0;
  const max = Math.min(end, start + ADDRESS_LENGTH_MAX + 1);
  fields.ipStart = start;
  for (; at < max; at += 1) {
    const code = bytes[at] as number;
    if (isDigit(code)) {
      // One address in two notations is two clients.
      if (octet === 0) return -1;
      octet = (octet === -1 ? 0 : octet * 10) + code - 48;
      if (octet > 255) break;
    } else if (code === DOT && octet !== -1 && octets < 4) {
      number = number * 256 + octet;
      octet = -1;
      octets += 1;
    } else break;
  }
  if (octets === 4 && octet !== -1 && bytes[at] === SPACE) {
    fields.isIpv4 = true;
    fields.ipv4 = (number * 256 + octet) | 0;
    fields.ipEnd = at;
    return at;
  }
  if (octets !== 1) return -1;
  fields.isIpv4 = false;
  let colons = 0;
  for (at = start; at < max; at += 1) {
    const code = bytes[at] as number;
    if (code === COLON) colons += 1;
    else if (!isHexDigit(code)) break;
  }
  if (colons < 2 || bytes[at] !== SPACE) return -1;
  fields.ipEnd = at;
  return at;
}

/** Characters of the time that was read last, and the time (epoch ms): lines of one second share them. */
const known = new Uint8Array(CLF_TIME_LENGTH);
let knownMs = Number.NaN;

function plainTimeMs(bytes: Buffer, at: number): number {
  // From its end, where the time of day differs first.
  for (let i = CLF_TIME_LENGTH - 1; i >= 0; i -= 1) if (bytes[at + i] !== known[i]) return learnTime(bytes, at);
  return knownMs;
}

function learnTime(bytes: Buffer, at: number): number {
  known.set(bytes.subarray(at, at + CLF_TIME_LENGTH));
  knownMs = clfTimeMs(textOf(bytes, at, at + CLF_TIME_LENGTH), 0);
  return knownMs;
}

/** Where a usual method and the blank after it end, or -1. */
function methodEnd(bytes: Buffer, at: number, fields: PlainFields): number {
  for (const method of METHODS) {
    if (!stands(bytes, at, method.bytes)) continue;
    fields.method = method.name;
    return at + method.bytes.length;
  }
  return -1;
}

/** Where a word ends: at a blank, or at what has a meaning of its own. */
function wordEnd(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] !== SPACE && bytes[at] !== QUOTE && bytes[at] !== BACKSLASH) at += 1;
  return at;
}

/** Where the first time ends that a request follows, or -1. */
function endOfTime(bytes: Buffer, start: number, end: number): number {
  const max = Math.min(end, start + BEFORE_REQUEST_MAX);
  for (let at = start; at < max; at += 1) if (bytes[at] === BRACKET && stands(bytes, at, AFTER_TIME)) return at;
  return -1;
}

/** Where the word begins that ends at `end`. */
function wordStart(bytes: Buffer, from: number, end: number): number {
  let at = end;
  while (at > from && bytes[at - 1] !== SPACE) at -= 1;
  return at;
}

/** The field's closing quote; -1 where there is none, or where something is escaped. */
function fieldEnd(bytes: Buffer, from: number, end: number): number {
  for (let at = from; at < end; at += 1) {
    if (bytes[at] === QUOTE) return at;
    if (bytes[at] === BACKSLASH) return -1;
  }
  return -1;
}

function withoutDash(bytes: Buffer, start: number, end: number): number {
  return end === start + 1 && bytes[start] === DASH ? start : end;
}

/** Whether these bytes stand at a place. */
function stands(bytes: Buffer, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i += 1) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

function decimal(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) value = value * 10 + (bytes[at] as number) - 48;
  return value;
}

function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= 48 && code <= 57;
}

function isHexDigit(code: number): boolean {
  return isDigit(code) || ((code | 0x20) >= 97 && (code | 0x20) <= 102);
}
