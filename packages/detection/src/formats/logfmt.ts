import type { ParsedRequest } from '@vigil/shared/contracts';
import { requestOfObject } from './json-line.ts';
import type { LineFormat } from './line-format.ts';
import { rejected, type FieldSpans } from './parsed-line.ts';
import { unescapeField } from './quoted.ts';

const PAIR = /([A-Za-z_@][\w.@-]{0,63})=(?:"((?:[^"\\]|\\[^])*)"|([^\s"]*))(?:\s+|$)/y;
const TARGET_KEYS = ['path', 'uri', 'url', 'request_uri'];

/**
 * `method=GET path="/a?b" status=200 …`: Heroku's router, lograge, Grafana. Keys are those that are usual in JSON; the time is the
 * line's own or that of what stands around it.
 */
export const logfmtFormat: LineFormat = {
  name: 'logfmt',
  begins: /[A-Za-z_@]/,
  parse: (line, time) => {
    const pairs = pairsOf(line);
    if (pairs === undefined) return rejected(line.trim() === '' ? 'empty' : 'unparsable');
    const object: Record<string, string> = {};
    for (const { key, text } of pairs) object[key] ??= text;
    object['time'] ??= object['t'] ?? '';
    // Heroku's router appends who connected to what the client claims.
    if (object['fwd'] !== undefined) object['remote_addr'] ??= object['fwd'].split(',').at(-1)!.trim();
    const parsed = requestOfObject(object, time);
    // Programs write anything as logfmt.
    return parsed.ok && !isRequest(parsed.request) ? rejected('unparsable') : parsed;
  },
  spans: (line) => {
    const spans: FieldSpans = {};
    for (const { key, start, end } of pairsOf(line) ?? []) {
      if (TARGET_KEYS.includes(key)) spans.target ??= [start, end];
      else if (key === 'status') spans.status ??= [start, end];
      else if (key === 'host') spans.host ??= [start, end];
    }
    return spans;
  },
};

/** A method, and an answer or a client. */
function isRequest({ method, status, sourceIp }: ParsedRequest): boolean {
  return method !== '-' && (status !== 0 || sourceIp !== '-');
}

interface Pair {
  key: string;
  text: string;
  start: number;
  end: number;
}

function pairsOf(line: string): Pair[] | undefined {
  const pairs: Pair[] = [];
  for (let at = 0; at < line.length; at = PAIR.lastIndex) {
    PAIR.lastIndex = at;
    const found = PAIR.exec(line);
    if (found === null) return undefined;
    const [, key, quoted, bare] = found;
    const start = at + key!.length + (quoted === undefined ? 1 : 2);
    const end = start + (quoted ?? bare!).length;
    pairs.push({ key: key!, text: unescapeField(line, start, end), start, end });
  }
  return pairs.length === 0 ? undefined : pairs;
}
