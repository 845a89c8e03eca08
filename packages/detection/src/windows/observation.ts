import { MEDIUM_SCORE_MIN, type ParsedRequest, type RuleMatch } from '@vigil/shared/contracts';
import type { Evidence } from '../engine/types.ts';
import type { Observation } from './bucket.ts';
import type { PlainFields } from '../formats/plain-combined.ts';
import { textOf } from '../text/chars.ts';
import { percentDecode } from '../views/percent.ts';
import { hashBytes, hashText, mix } from './hash.ts';
import { loginOutcome } from './login-window.ts';
import { missingPathHash, withoutIds } from './missing-path.ts';

const LOGIN_PATH =
  /(?:log[-_]?[io]n(?:[-_]?(?:action|ajax|check|form|post|process|submit|user))?|sign[-_]?in|j_(?:spring_)?security_check|authenticate|xmlrpc\.php)(?:[/.]|$)/i;
/** Where people and programs log in, and do more than that. */
const AUTH_PATH = /(?:sessions?|(?:oauth2?|connect|api)\/(?:v\d\/)?token|auth)(?:[/.]|$)/i;
/** A login that is named by a parameter: `/index.php?route=account/login`. */
const LOGIN_QUERY = /[?&][\w-]{1,24}=(?:[\w/-]{0,40}[/.])?log[-_]?in(?:&|$)/i;
const TOKEN_PATH = /token\/?$/i;
/** What is sent for somebody who is logged in already. */
const SESSION_PATH =
  /[/_-](?:refresh(?:[-_]?tokens?)?|renew|extend|introspect|revoke|userinfo|log[-_]?out|sign[-_]?out|heartbeat|ping|keep[-_]?alive|events?|_?log)\/?$/i;
/** Where devices ask for what their users gave them once: all of them are refused when that ends. */
const DEVICE_PATH = /(?:oauth2?|connect)\/(?:.{0,80}\/)?[\w-]*token\/?$/i;
const PATH_DEPTH_MAX = 255;
/** Deeper in a path no slash is counted. */
const PATH_LENGTH_MAX = 512;
const LOGIN_PATH_LENGTH_MAX = 256;
const MAY_BE_WRITTEN_OTHERWISE = /[%;]|\/[/.]|\/$|^[^/]|\.\w{2,4}\//;
const ORIGIN = /^[a-z]{2,6}:\/\/[^/]*/i;
/** Servlets' `;jsessionid=…`, which no route sees. */
const STEP_PARAMETERS = /;[^/]*/g;
/** What follows the name of a script, which that may read or not. */
const PATH_INFO = /((?:log[-_]?[io]n|xmlrpc)\.\w{2,4})\/.*$/i;
/** By whatever port, and with the dot of a full name, a host is the same. */
const HOST_END = /\.?(?::\d{0,5})?$/;
const LOGIN_QUERY_LENGTH_MAX = 256;
const UNAUTHORIZED = 401;
const NOT_FOUND = 404;
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
  missingHash: -1,
  isLogin: false,
  loginHash: -1,
  loginRefused: false,
  weakRules: NONE,
  weakPairs: NONE,
  attackHash: -1,
};

/**
 * What the windows take in of a request. The same object each time: use it before the next call.
 * @param site hash of what tells the log's logins from those of others where its lines name no host
 */
export function observationOf(
  request: ParsedRequest,
  evidence: Evidence,
  previousMs: number,
  site: number,
): Observation {
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
  seen.missingHash =
    request.status === NOT_FOUND ? missingPathHash(target.slice(0, pathEnd), seen.pathHash, request.referer) : -1;
  // A password that the server itself asked for and refused; a client that was not asked yet gives no name.
  const isRefusedUser = request.status === UNAUTHORIZED && request.remoteUser !== '';
  const mayBeLogin = request.method === 'POST' || (question !== -1 && target.includes('pass', question));
  seen.isLogin =
    isRefusedUser ||
    (mayBeLogin && isLogin(request.method, target.slice(0, pathEnd), target.slice(pathEnd), request.status));
  if (seen.isLogin) noteLogin(target.slice(0, pathEnd), target.slice(pathEnd), request.host, site);
  seen.weakRules = NONE;
  seen.weakPairs = NONE;
  seen.attackHash = -1;
  const isWeak = evidence.weakHits.length > 0;
  const attack = attackIn(evidence);
  if (!isWeak && attack === undefined) return seen;
  const targetHash = hashText(target);
  if (attack !== undefined) seen.attackHash = attack === 'referer' ? hashText(request.referer) : targetHash;
  if (!isWeak) return seen;
  seen.weakRules = evidence.weakHits.map((rule) => hashText(rule));
  seen.weakPairs = evidence.weakHits.map((rule) => {
    const field = evidence.matches.find((match) => match.rule === rule)?.field;
    return hashText(rule, 0, rule.length, subjectHash(field, request, seen.pathHash, targetHash));
  });
  return seen;
}

/**
 * What a weak rule found something in, as far as that tells one probe from another: a page is one thing, with whatever parameters it is
 * asked for again, and one that sends a reader's address along with all that it loads.
 */
function subjectHash(
  field: RuleMatch['field'] | undefined,
  { referer }: ParsedRequest,
  pathHash: number,
  targetHash: number,
): number {
  if (field === 'path') return pathHash;
  return field === 'referer' ? hashText(referer) : targetHash;
}

/** `observationOf` a plain line in which no rule matches. */
export function plainObservationOf(bytes: Buffer, fields: PlainFields, previousMs: number, site: number): Observation {
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
  seen.missingHash =
    status === NOT_FOUND
      ? missingPathHash(
          textOf(bytes, targetStart, pathEnd),
          seen.pathHash,
          textOf(bytes, fields.refererStart, fields.refererEnd),
        )
      : -1;
  seen.isLogin =
    (method === 'POST' || holdsPass(bytes, pathEnd, targetEnd)) &&
    isLogin(
      method,
      textOf(bytes, targetStart, pathEnd),
      textOf(bytes, pathEnd, Math.min(targetEnd, pathEnd + LOGIN_QUERY_LENGTH_MAX)),
      status,
    );
  if (seen.isLogin) noteLogin(textOf(bytes, targetStart, pathEnd), textOf(bytes, pathEnd, targetEnd), '', site);
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

/** Whether the target's path, its query left out, names a page on which one logs in. */
export function isLoginPage(target: string): boolean {
  return LOGIN_PATH.test(loginPath(target.split('?', 1)[0]!));
}

function isLogin(method: string, path: string, query: string, status: number): boolean {
  const start = loginPath(path);
  if (LOGIN_PATH.test(start)) return true;
  // Programs fetch a token before each call; one that is given was not guessed.
  if (AUTH_PATH.test(start)) return !SESSION_PATH.test(start) && !(status < 300 && TOKEN_PATH.test(start));
  return method === 'POST' && query !== '' && LOGIN_QUERY.test(query.slice(0, LOGIN_QUERY_LENGTH_MAX));
}

/**
 * Notes at which login a try is, in all the ways in which its path may be written, and how it ended. Only where people log in: what
 * devices and programs are refused, they are all refused at once, and go on asking.
 */
function noteLogin(path: string, query: string, host: string, site: number): void {
  seen.loginHash = -1;
  const start = loginPath(path);
  const outcome = loginOutcome(start, seen.status);
  if (outcome === 'unknown' || SESSION_PATH.test(start) || DEVICE_PATH.test(start)) return;
  const named = LOGIN_PATH.test(start) ? '' : LOGIN_QUERY.exec(query.slice(0, LOGIN_QUERY_LENGTH_MAX))?.[0];
  if (named === undefined) return;
  const place = hashText(`${withoutIds(start)}${named}`.toLowerCase());
  seen.loginHash = mix(place ^ (host === '' ? site : hashText(host.replace(HOST_END, '').toLowerCase())));
  seen.loginRefused = outcome === 'refused';
}

/** The beginning of a path as servers resolve it: who varies how he writes one must not seem to be at many, or at no login. */
function loginPath(path: string): string {
  return (MAY_BE_WRITTEN_OTHERWISE.test(path) ? resolved(path) : path).slice(0, LOGIN_PATH_LENGTH_MAX);
}

/** A path without the origin before it, the parameters of its steps, encoding, detours and what follows a script. */
function resolved(path: string): string {
  const parts: string[] = [];
  for (const part of percentDecode(path.replace(ORIGIN, '').replace(STEP_PARAMETERS, '')).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`.replace(PATH_INFO, '$1');
}

/** Where a request holds an attack, if it does: in its Referer only if nowhere else. */
function attackIn({ matches }: Evidence): RuleMatch['field'] | undefined {
  let found: RuleMatch['field'] | undefined;
  for (const { score, field } of matches) {
    if (score < MEDIUM_SCORE_MIN) continue;
    if (field !== 'referer') return field;
    found = field;
  }
  return found;
}

function depthOf(target: string, end: number): number {
  let depth = 0;
  const last = Math.min(end, PATH_LENGTH_MAX);
  for (let i = 0; i < last; i += 1) if (target.charCodeAt(i) === SLASH) depth += 1;
  return Math.min(depth, PATH_DEPTH_MAX);
}
