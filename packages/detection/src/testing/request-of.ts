import type { ParsedRequest } from '@vigil/shared/contracts';

/** A request for tests; Unicode is written as UTF-8 bytes, the way a log holds it. */
export function requestOf(part: Partial<ParsedRequest>): ParsedRequest {
  const bytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
  return {
    timestampMs: Date.UTC(2026, 0, 1),
    sourceIp: '192.0.2.1',
    method: 'GET',
    protocol: 'HTTP/1.1',
    status: 200,
    bytes: 1000,
    remoteUser: '',
    ...part,
    target: bytes(part.target ?? '/'),
    referer: bytes(part.referer ?? ''),
    userAgent: bytes(part.userAgent ?? ''),
    host: bytes(part.host ?? ''),
  };
}
