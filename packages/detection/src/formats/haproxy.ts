import type { ParsedRequest } from '@vigil/shared/contracts';
import type { LineFormat } from './line-format.ts';
import { notable } from './other-headers.ts';
import { rejected, type FieldSpans } from './parsed-line.ts';
import { templateOf } from './template.ts';

const template = templateOf('<address> [<time>] <> <> <> <status> <bytes> <> "<requestLine>"');
/** Others, as aiohttp, have the request itself behind the time. */
const START = /^\S{2,64} \[\d\d\/[A-Z][a-z]{2}\/\d{4}:[\d:.]{8,15}\] [^\s"]/;
/** Queue sizes, then the captured headers of the request; braces, bars and quotes within one are written as #HH. */
const CAPTURED = / \d{1,9}\/\d{1,9} \{([^{}"]{0,8192})\} /;
const CAPTURED_MAX = 16;
const HOST = /^[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}(?::\d{1,5})?$/;

/**
 * HAProxy's `option httplog`, after the syslog header: http://docs.haproxy.org/3.0/configuration.html#8.2.3
 * Captured headers have no names: a URL is the Referer, a host name the Host, and what else is text the User-Agent.
 */
export const haproxyFormat: LineFormat = {
  name: 'haproxy',
  begins: /\S/,
  parse: (line) => {
    const parsed = START.test(line) ? template.parse(closed(line)) : rejected('unparsable');
    return parsed.ok ? { ok: true, request: withCaptured(parsed.request, capturedIn(line).texts) } : parsed;
  },
  spans: (line) => ({ ...capturedSpans(line), ...template.spans(closed(line)) }),
};

/** What `option httplog clf` writes behind two empty fields: port and milliseconds, names, times, state, counts and cookies. */
const CLF_REST =
  /^\d{1,5} \d{3} "[^"]{1,255}" "[^"]{1,255}" "[^"]{1,255}" (?:-?\d{1,9} ){4}\+?(\d{1,9}) [A-Za-z-]{4} (?:\+?\d{1,9} ){7}"[^"]*" "[^"]*"/;

/**
 * The request of a combined line with an empty agent, if what stands behind that is HAProxy's.
 * @param rest without leading spaces
 */
export function haproxyClf(request: ParsedRequest, rest: string): ParsedRequest | undefined {
  const found = CLF_REST.exec(rest);
  if (found === null) return undefined;
  const texts = Array.from(rest.slice(found[0].length).matchAll(/"([^"]*)"/g), ([, text]) => text!);
  return { ...withCaptured(request, texts), durationSeconds: Number(found[1]) / 1000 };
}

/** HAProxy cuts lines at 1,024 bytes unless it is told otherwise: the request stands last, and its own quotes are escaped. */
function closed(line: string): string {
  const quote = line.indexOf('"');
  return quote !== -1 && line.indexOf('"', quote + 1) === -1 ? `${line.trimEnd()}"` : line;
}

/** The headers of the request that a line of `httplog` holds, and where the first one begins. */
function capturedIn(line: string): { texts: readonly string[]; start: number } {
  const found = CAPTURED.exec(line);
  if (found === null) return { texts: [], start: 0 };
  return { texts: found[1]!.split('|', CAPTURED_MAX), start: line.indexOf('{', found.index) + 1 };
}

type CapturedField = 'host' | 'referer' | 'userAgent';

/** Captured headers by what they seem to be, and those that seem to be none of these, by their places. */
function kindsOf(texts: readonly string[]): { fields: Partial<Record<CapturedField, number>>; others: number[] } {
  const fields: Partial<Record<CapturedField, number>> = {};
  const others: number[] = [];
  for (const [place, text] of texts.entries()) {
    if (text === '' || text === '-') continue;
    if (HOST.test(text) && fields.host === undefined) fields.host = place;
    else if (/^https?:\/\//i.test(text) && fields.referer === undefined) fields.referer = place;
    else if (/^\d{1,20}$/.test(text)) continue;
    else if (fields.userAgent === undefined) fields.userAgent = place;
    else if (fields.referer === undefined) fields.referer = place;
    else others.push(place);
  }
  return { fields, others };
}

/** A request with what was captured of it, and unescaped. */
function withCaptured(request: ParsedRequest, captured: readonly string[]): ParsedRequest {
  const { fields, others } = kindsOf(captured);
  const textAt = (place: number): string => unescapeHex(captured[place]!);
  const textOf = (field: CapturedField): string =>
    fields[field] === undefined ? request[field] : textAt(fields[field]);
  const headers = notable(others.map(textAt));
  return {
    ...request,
    target: unescapeHex(request.target),
    host: textOf('host'),
    referer: textOf('referer'),
    userAgent: textOf('userAgent'),
    ...(headers === undefined ? {} : { headers }),
  };
}

function capturedSpans(line: string): FieldSpans {
  const { texts, start } = capturedIn(line);
  const spans: FieldSpans = {};
  for (const [field, place] of Object.entries(kindsOf(texts).fields) as [CapturedField, number][]) {
    const from = texts.slice(0, place).reduce((at, text) => at + text.length + 1, start);
    spans[field] = [from, from + texts[place]!.length];
  }
  return spans;
}

/** HAProxy writes what is not printable, and what parts its fields, as #HH. */
function unescapeHex(text: string): string {
  if (!text.includes('#')) return text;
  return text.replace(/#([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
