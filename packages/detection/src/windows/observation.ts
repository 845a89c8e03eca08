import { MEDIUM_SCORE_MIN, type ParsedRequest } from '@vigil/shared/contracts';
import type { Evidence } from '../index.ts';
import type { Observation } from './bucket.ts';
import type { PlainFields } from '../formats/plain-combined.ts';
import { textOf } from '../text/chars.ts';
import { hashBytes, hashText } from './hash.ts';

const LOGIN_PATH =
  /(?:log[-_]?in|log[-_]?on|sign[-_]?in|sessions?|oauth2?\/token|auth(?:enticate)?|xmlrpc\.php)(?:[/.]|$)/i;
const TOKEN_PATH = /oauth2?\/(?:v\d\/)?token$/i;
/** What browsers fetch by themselves to show a page. */
const PAGE_PART = /\.(?:avif|css|eot|gif|ico|jpe?g|m?js|map|otf|png|svg|ttf|webp|woff2?)$/i;
const PAGE_PART_CHARS = 8;
const PATH_DEPTH_MAX = 255;
/** Deeper in a path no slash is counted. */
const PATH_LENGTH_MAX = 512;
const LOGIN_PATH_LENGTH_MAX = 256;
/** Of a User-Agent, which is long and says little, this many characters tell enough. */
const AGENT_SAMPLES = 24;
const NONE: readonly number[] = Object.freeze([]);
const SLASH = 0x2f;
const QUESTION = 0x3f;
const A = 0x61;
const P = 0x70;
const S = 0x73;

const seen: Observation = {
  timestampMs: 0,
  previousMs: Number.NaN,
  method: '',
  status: 0,
  bytes: 0,
  pathHash: 0,
  pathDepth: 0,
  agentHash: 0,
  isMissing: false,
  isLogin: false,
  weakRules: NONE,
  weakPairs: NONE,
  attackHash: -1,
};

/** What the windows take in of a request. The same object each time: use it before the next call. */
export function observationOf(request: ParsedRequest, evidence: Evidence, previousMs: number): Observation {
  const { target } = request;
  const question = target.indexOf('?');
  const pathEnd = question === -1 ? target.length : question;
  seen.timestampMs = request.timestampMs;
  seen.previousMs = previousMs;
  seen.method = request.method;
  seen.status = request.status;
  seen.bytes = request.bytes;
  seen.pathHash = hashText(target, 0, pathEnd);
  seen.pathDepth = depthOf(target, pathEnd);
  seen.agentHash = hashText(request.userAgent, 0, request.userAgent.length, 0, AGENT_SAMPLES);
  seen.isMissing = request.status === 404 && !isPagePart(request.referer, target.slice(0, pathEnd));
  seen.isLogin =
    (request.method === 'POST' || (question !== -1 && target.includes('pass', question))) &&
    isLoginPath(target.slice(0, Math.min(pathEnd, LOGIN_PATH_LENGTH_MAX)), request.status);
  seen.weakRules = NONE;
  seen.weakPairs = NONE;
  seen.attackHash = -1;
  const isWeak = evidence.weakHits.length > 0;
  const isAttack = holdsAttack(evidence);
  if (!isWeak && !isAttack) return seen;
  const targetHash = hashText(target);
  if (isAttack) seen.attackHash = targetHash;
  if (!isWeak) return seen;
  seen.weakRules = evidence.weakHits.map((rule) => hashText(rule));
  seen.weakPairs = evidence.weakHits.map((rule) => hashText(rule, 0, rule.length, targetHash));
  return seen;
}

/** `observationOf` a plain line in which no rule matches. */
export function plainObservationOf(bytes: Buffer, fields: PlainFields, previousMs: number): Observation {
  const { targetStart, targetEnd, status, method } = fields;
  let pathEnd = targetStart;
  let depth = 0;
  for (; pathEnd < targetEnd && bytes[pathEnd] !== QUESTION; pathEnd += 1)
    if (bytes[pathEnd] === SLASH && pathEnd - targetStart < PATH_LENGTH_MAX) depth += 1;
  seen.timestampMs = fields.timestampMs;
  seen.previousMs = previousMs;
  seen.method = method;
  seen.status = status;
  seen.bytes = fields.bytes;
  seen.pathHash = hashBytes(bytes, targetStart, pathEnd);
  seen.pathDepth = Math.min(depth, PATH_DEPTH_MAX);
  seen.agentHash = hashBytes(bytes, fields.agentStart, fields.agentEnd, 0, AGENT_SAMPLES);
  seen.isMissing =
    status === 404 &&
    !isPagePart(textOf(bytes, fields.refererStart, fields.refererEnd), textOf(bytes, targetStart, pathEnd));
  seen.isLogin =
    (method === 'POST' || holdsPass(bytes, pathEnd, targetEnd)) &&
    isLoginPath(textOf(bytes, targetStart, Math.min(pathEnd, targetStart + LOGIN_PATH_LENGTH_MAX)), status);
  seen.weakRules = NONE;
  seen.weakPairs = NONE;
  seen.attackHash = -1;
  return seen;
}

/** Whether a query may hold a password. */
function holdsPass(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from + 3; at < to; at += 1)
    if (bytes[at] === S && bytes[at - 1] === S && bytes[at - 2] === A && bytes[at - 3] === P) return true;
  return false;
}

/** Whether a page sent its reader for this, whose fault it is not that it is missing. */
function isPagePart(referer: string, path: string): boolean {
  return referer.startsWith('http') && PAGE_PART.test(path.slice(-PAGE_PART_CHARS));
}

/** Programs fetch a token before each call; one that is given was not guessed. */
function isLoginPath(path: string, status: number): boolean {
  return LOGIN_PATH.test(path) && !(status < 300 && TOKEN_PATH.test(path));
}

function holdsAttack(evidence: Evidence): boolean {
  for (const match of evidence.matches) if (match.score >= MEDIUM_SCORE_MIN) return true;
  return false;
}

function depthOf(target: string, end: number): number {
  let depth = 0;
  const last = Math.min(end, PATH_LENGTH_MAX);
  for (let i = 0; i < last; i += 1) if (target.charCodeAt(i) === SLASH) depth += 1;
  return Math.min(depth, PATH_DEPTH_MAX);
}
