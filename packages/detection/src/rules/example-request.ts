import type { ParsedRequest } from '@vigil/shared/contracts';
import type { RuleExample } from './rule-pack.ts';

/** The request that a rule's example stands for. */
export function exampleRequest(example: RuleExample): ParsedRequest {
  if (typeof example === 'string') return requestOf({ target: example });
  return requestOf({
    method: example.method ?? 'GET',
    target: example.target ?? '/',
    referer: example.referer ?? '',
    userAgent: example.user_agent ?? '',
    remoteUser: example.remote_user ?? '',
    ...(example.header === undefined ? {} : { headers: [example.header] }),
  });
}

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

/**
 * The request that a line of `fixtures/attacks.txt` or `fixtures/harmless.txt` stands for: a browser's for a target, or one for `/` with
 * the agent behind `UA:` or the referer behind `REF:`.
 * @param line one UTF-16 code unit per byte
 * @returns undefined for whatever else, such as the line of a log
 */
export function listedRequest(line: string): ParsedRequest | undefined {
  const plain = requestOf({ userAgent: BROWSER });
  if (line.startsWith('/')) return { ...plain, target: line };
  if (line.startsWith('UA:')) return { ...plain, userAgent: line.slice('UA:'.length) };
  if (line.startsWith('REF:')) return { ...plain, referer: line.slice('REF:'.length) };
  return undefined;
}

/** A request with these parts, and nothing odd about the others; Unicode is written as UTF-8 bytes, the way a log holds it. */
export function requestOf(part: Partial<ParsedRequest>): ParsedRequest {
  const bytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
  return {
    timestampMs: Date.UTC(2026, 0, 1),
    sourceIp: '192.0.2.1',
    method: 'GET',
    protocol: 'HTTP/1.1',
    status: 200,
    bytes: 1000,
    ...part,
    target: bytes(part.target ?? '/'),
    referer: bytes(part.referer ?? ''),
    userAgent: bytes(part.userAgent ?? ''),
    host: bytes(part.host ?? ''),
    remoteUser: bytes(part.remoteUser ?? ''),
    ...(part.headers === undefined ? {} : { headers: part.headers.map(bytes) }),
  };
}
