import type { ParsedRequest } from '@vigil/shared/contracts';
import type { Evidence } from '../index.ts';
import type { Observation } from './bucket.ts';
import { hashText } from './hash.ts';

const LOGIN_PATH =
  /(?:log[-_]?in|log[-_]?on|sign[-_]?in|sessions?|oauth2?\/token|auth(?:enticate)?|xmlrpc\.php)(?:[/.]|$)/i;
const PATH_DEPTH_MAX = 255;
const LOGIN_PATH_LENGTH_MAX = 256;
const NONE: readonly number[] = Object.freeze([]);

const seen: Observation = {
  timestampMs: 0,
  previousMs: Number.NaN,
  method: '',
  status: 0,
  bytes: 0,
  pathHash: 0,
  pathDepth: 0,
  agentHash: 0,
  isLogin: false,
  weakRules: NONE,
  weakPairs: NONE,
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
  seen.agentHash = hashText(request.userAgent);
  seen.isLogin =
    request.method === 'POST' && LOGIN_PATH.test(target.slice(0, Math.min(pathEnd, LOGIN_PATH_LENGTH_MAX)));
  seen.weakRules = NONE;
  seen.weakPairs = NONE;
  if (evidence.weakHits.length === 0) return seen;
  const targetHash = hashText(target);
  seen.weakRules = evidence.weakHits.map((rule) => hashText(rule));
  seen.weakPairs = evidence.weakHits.map((rule) => hashText(rule, 0, rule.length, targetHash));
  return seen;
}

function depthOf(target: string, end: number): number {
  let depth = 0;
  let at = target.indexOf('/', 0);
  while (at !== -1 && at < end && depth < PATH_DEPTH_MAX) {
    depth += 1;
    at = target.indexOf('/', at + 1);
  }
  return depth;
}
