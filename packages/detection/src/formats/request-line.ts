/** Parts of a request line. */
export interface RequestLine {
  method: string;
  target: string;
  protocol: string;
}

const SPACE = 0x20;
/** So much of a method is kept. */
const METHOD_LENGTH_MAX = 32;
const PROTOCOL_LENGTH_MAX = 10;

/** The usual ones, so that ordinary lines share these strings. */
const METHODS = new Map(['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH'].map((name) => [name, name]));
const PROTOCOLS = new Map(['HTTP/1.1', 'HTTP/2.0', 'HTTP/1.0', 'HTTP/2', 'HTTP/3.0'].map((name) => [name, name]));

/**
 * Whether a character may stand in a method (RFC 9110, 9.1 and 5.6.2). Servers take any: nginx hands on `_GET`, and programs behind it
 * that do not look at the method answer as to a GET.
 */
const IS_METHOD = Uint8Array.from({ length: 128 }, (_, code) =>
  /[\w!#$%&'*+.^`|~-]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** Whether all of a text is a method. */
export function isMethod(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (IS_METHOD[text.charCodeAt(at)] !== 1) return false;
  return text !== '';
}

/**
 * Splits `GET /a?b HTTP/1.1`. What is not HTTP (TLS bytes on a plain port, scans of other protocols, nothing at all) has the method
 * `-` and the whole text as its target; `-` alone, which servers write for no request at all, has an empty target.
 * A target may hold spaces: it reaches up to the protocol, if there is one.
 */
export function splitRequestLine(line: string, start = 0, end = line.length): RequestLine {
  const methodEnd = methodEndOf(line, start, end);
  if (methodEnd === -1) return notHttp(line, start, end);
  const method = methodOf(line, start, methodEnd);
  const protocolAt = protocolStart(line, methodEnd + 1, end);
  if (protocolAt !== -1)
    return { method, target: line.slice(methodEnd + 1, protocolAt - 1), protocol: protocolOf(line, protocolAt, end) };
  // HTTP/0.9, and lines that were cut off: only with a plain method and a path, else any two words would be a request.
  if (line.charCodeAt(methodEnd + 1) === 0x2f && METHODS.has(method))
    return { method, target: line.slice(methodEnd + 1, end), protocol: '' };
  return notHttp(line, start, end);
}

/** [start, end) of the target in a request line that holds no escapes before it. */
export function targetSpan(line: string, start: number, end: number): [number, number] {
  const methodEnd = methodEndOf(line, start, end);
  if (methodEnd === -1) return [start, end];
  const protocolAt = protocolStart(line, methodEnd + 1, end);
  return [methodEnd + 1, protocolAt === -1 ? end : protocolAt - 1];
}

function notHttp(line: string, start: number, end: number): RequestLine {
  const isAbsent = end - start === 1 && line.charCodeAt(start) === 0x2d;
  return { method: '-', target: isAbsent ? '' : line.slice(start, end), protocol: '' };
}

/** Index of the space after a method; -1 where the text does not begin with one. */
function methodEndOf(line: string, start: number, end: number): number {
  for (let i = start; i < end; i += 1) {
    const code = line.charCodeAt(i);
    if (code >= 65 && code <= 90) continue;
    if (code === SPACE) return i === start ? -1 : i;
    if (IS_METHOD[code] !== 1) return -1;
  }
  return -1;
}

/** A method in capital letters, and no more of it than is kept. */
export function methodOf(line: string, start: number, end: number): string {
  const first = line.charCodeAt(start);
  if (end - start === 3 && first === 0x47 && line.charCodeAt(start + 1) === 0x45 && line.charCodeAt(start + 2) === 0x54)
    return 'GET';
  const text = line.slice(start, Math.min(end, start + METHOD_LENGTH_MAX)).toUpperCase();
  return METHODS.get(text) ?? text;
}

/** Index where ` HTTP/…` begins at the end of the line, without its space; -1 where there is none. */
function protocolStart(line: string, from: number, end: number): number {
  const min = Math.max(from + 1, end - PROTOCOL_LENGTH_MAX);
  for (let i = end - 6; i >= min; i -= 1) {
    if (line.charCodeAt(i) !== 0x48 || line.charCodeAt(i - 1) !== SPACE) continue;
    return line.startsWith('HTTP/', i) ? i : -1;
  }
  return -1;
}

function protocolOf(line: string, start: number, end: number): string {
  if (end - start === 8 && line.charCodeAt(start + 6) === 0x2e) {
    const major = line.charCodeAt(start + 5);
    const minor = line.charCodeAt(start + 7);
    if (major === 0x31 && minor === 0x31) return 'HTTP/1.1';
    if (major === 0x32 && minor === 0x30) return 'HTTP/2.0';
  }
  const text = line.slice(start, end);
  return PROTOCOLS.get(text) ?? text;
}
