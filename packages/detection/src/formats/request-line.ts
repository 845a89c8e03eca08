/** Parts of a request line. */
export interface RequestLine {
  method: string;
  target: string;
  protocol: string;
}

/** The usual ones, so that ordinary lines share these strings. */
const METHODS = ['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH'];
const PROTOCOLS = ['HTTP/1.1', 'HTTP/2.0', 'HTTP/1.0', 'HTTP/2', 'HTTP/3.0', 'HTTP/3'];
const METHOD_LENGTH_MAX = 32;
const PROTOCOL_LENGTH_MAX = 10;

/**
 * Splits `GET /a?b HTTP/1.1`. What is not HTTP (TLS bytes on a plain port, scans of other protocols, nothing at all) has the method
 * `-` and the whole text as its target; `-` alone, which servers write for no request at all, has an empty target.
 * A target may hold spaces: it reaches up to the protocol, if there is one.
 */
export function splitRequestLine(text: string): RequestLine {
  const methodEnd = methodEndOf(text);
  if (methodEnd <= 0) return notHttp(text);
  const method = methodOf(text, methodEnd);
  const protocolAt = text.lastIndexOf(' ') + 1;
  if (protocolAt > methodEnd + 1 && isProtocol(text, protocolAt))
    return { method, target: text.slice(methodEnd + 1, protocolAt - 1), protocol: protocolOf(text, protocolAt) };
  // HTTP/0.9, and lines that were cut off: only with a plain method and a path, else any two words would be a request.
  const first = text.charCodeAt(methodEnd + 1);
  if (first === 0x2f && METHODS.includes(method)) return { method, target: text.slice(methodEnd + 1), protocol: '' };
  return notHttp(text);
}

function notHttp(text: string): RequestLine {
  return { method: '-', target: text === '-' ? '' : text, protocol: '' };
}

/** Index of the space after a method of letters, digits, `-` and `_`; -1 where the text does not begin with one. */
function methodEndOf(text: string): number {
  const max = Math.min(text.length, METHOD_LENGTH_MAX + 1);
  for (let i = 0; i < max; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 0x20) return i;
    const lower = code | 0x20;
    const isLetter = lower >= 97 && lower <= 122;
    if (!isLetter && (i === 0 || !(code === 0x2d || code === 0x5f || (code >= 48 && code <= 57)))) return -1;
  }
  return -1;
}

function methodOf(text: string, end: number): string {
  for (const method of METHODS) if (method.length === end && text.startsWith(method)) return method;
  return text.slice(0, end).toUpperCase();
}

function isProtocol(text: string, at: number): boolean {
  return text.startsWith('HTTP/', at) && text.length - at <= PROTOCOL_LENGTH_MAX && text.length - at > 5;
}

function protocolOf(text: string, at: number): string {
  for (const known of PROTOCOLS) if (text.length - at === known.length && text.startsWith(known, at)) return known;
  return text.slice(at);
}
