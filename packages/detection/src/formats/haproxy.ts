import type { LineFormat } from './line-format.ts';
import { notable } from './other-headers.ts';
import { rejected, type FieldSpans } from './parsed-line.ts';
import { templateOf } from './template.ts';

const template = templateOf('<address> [<time>] <> <> <> <status> <bytes> <> "<requestLine>"');
/** Others, as aiohttp, have the request itself behind the time. */
const START = /^\S{2,64} \[\d\d\/[A-Z][a-z]{2}\/\d{4}:[\d:.]{8,15}\] [^\s"]/;
/** Queue sizes, then the captured headers of the request; braces, bars and quotes within one are written as #HH. */
const CAPTURED = / \d{1,9}\/\d{1,9} \{([^{}"]{0,8192})\} /;
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
    if (!parsed.ok) return parsed;
    const { spans: captured, others } = capturedFields(line);
    const headers = notable(others.map(([start, end]) => unescapeHex(line.slice(start, end))));
    const textOf = (field: keyof FieldSpans, otherwise: string): string => {
      const span = captured[field];
      return span === undefined ? otherwise : unescapeHex(line.slice(...span));
    };
    const { request } = parsed;
    return {
      ok: true,
      request: {
        ...request,
        target: unescapeHex(request.target),
        host: textOf('host', request.host),
        referer: textOf('referer', request.referer),
        userAgent: textOf('userAgent', request.userAgent),
        ...(headers === undefined ? {} : { headers }),
      },
    };
  },
  spans: (line) => ({ ...capturedFields(line).spans, ...template.spans(closed(line)) }),
};

/** HAProxy cuts lines at 1,024 bytes unless it is told otherwise: the request stands last, and its own quotes are escaped. */
function closed(line: string): string {
  const quote = line.indexOf('"');
  return quote !== -1 && line.indexOf('"', quote + 1) === -1 ? `${line.trimEnd()}"` : line;
}

/** Captured headers by what they seem to be, and those that seem to be none of these. */
function capturedFields(line: string): { spans: FieldSpans; others: [number, number][] } {
  const found = CAPTURED.exec(line);
  const spans: FieldSpans = {};
  const others: [number, number][] = [];
  if (found === null) return { spans, others };
  let start = line.indexOf('{', found.index) + 1;
  for (const text of (found[1] ?? '').split('|', 16)) {
    const span: [number, number] = [start, start + text.length];
    start += text.length + 1;
    if (text === '' || text === '-') continue;
    if (HOST.test(text) && spans.host === undefined) spans.host = span;
    else if (/^https?:\/\//i.test(text) && spans.referer === undefined) spans.referer = span;
    else if (/^\d{1,20}$/.test(text)) continue;
    else if (spans.userAgent === undefined) spans.userAgent = span;
    else if (spans.referer === undefined) spans.referer = span;
    else others.push(span);
  }
  return { spans, others };
}

/** HAProxy writes what is not printable, and what parts its fields, as #HH. */
function unescapeHex(text: string): string {
  if (!text.includes('#')) return text;
  return text.replace(/#([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
