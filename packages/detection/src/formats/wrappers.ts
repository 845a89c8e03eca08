import { keyPath, parseJsonObject, valueAt } from './json-text.ts';

/** A line without what a container runtime, syslog, a log shipper, a terminal, a spreadsheet or an editor put around it. */
export interface Unwrapped {
  text: string;
  /** Where `text` begins in the line; -1 where it was decoded and stands nowhere as it is. */
  start: number;
  /** When the line was written, as its wrapping says; for formats that leave it to that. */
  time?: string | undefined;
}

/** `docker compose logs` of JSON in journald of Fluent Bit: nobody wraps more. */
const LAYERS_MAX = 4;

const ISO = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)`;
/** Host and program, as syslog writes them and `journalctl`, and Heroku's `app[web.1]: `; `@cee:` says that JSON follows. */
const TAG = String.raw`(?:[^\s:"[]{1,255} )?[A-Za-z][\w./-]{0,63}(?:\[[\w.-]{1,64}\])?: (?:@cee: ?)?`;
/** `2026-03-02T00:00:21.123456789Z stdout F `: https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md */
const CRI = new RegExp(String.raw`^(${ISO}) (?:stdout|stderr) [FP](?::[A-Za-z]{1,8})? `);
/** RFC 3164, with or without priority: `<190>Mar  2 00:00:21 host nginx[123]: `; `journalctl -o short-precise` adds a fraction. */
const SYSLOG_BSD = new RegExp(String.raw`^(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,9})? ${TAG}`);
/** rsyslog's own format, which Debian and Ubuntu write now, and `journalctl -o short-iso`: `2026-03-02T00:00:21+00:00 host nginx: `. */
const SYSLOG_ISO = new RegExp(String.raw`^(?:<\d{1,3}>)?(${ISO}) ${TAG}`);
/** RFC 5424: `<190>1 2026-03-02T00:00:21Z web1 nginx 123 - - `, structured data included. */
const SYSLOG_IETF =
  /^<\d{1,3}>1 (\S{1,64}) \S{1,255} \S{1,48} \S{1,128} \S{1,32} (?:-|(?:\[(?:[^"\]]|"(?:[^"\\]|\\[^])*")*\])+) (?:\u00ef\u00bb\u00bf)?(?:@cee: ?)?/;
/** Heroku's drains leave the structured data out. */
const HEROKU_DRAIN = /^<\d{1,3}>1 (\S{1,64}) host \S{1,48} \S{1,128} - /;
/** `docker logs -t` and `kubectl logs --timestamps`; PM2 and others that put date and time before what programs say leave the zone out. */
const TIMESTAMP = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z| ?[+-]\d\d:?\d\d)?):? /;
/** `docker compose logs`: `web-1  | `. */
const COMPOSE = /^[A-Za-z0-9][\w.-]{0,127} {1,64}\| /;
/** `kubectl logs --prefix`: `[pod/web-5d7/nginx] `. */
const POD = /^\[pod\/[^\]\s]{1,512}\] /;
/** What `grep` puts before the lines of several files, its number within `-n` among it; a virtual host's port is no line number. */
const FILE_NAME = /^[^\s:"'|{}[\]]{0,240}log[^\s:"'|{}[\]]{0,64}:(?:\d{1,12}:)?(?!\d{1,5} )(?=\S)/;
/** Caddy's and zap's for people: date and time, level, logger and message, of which JSON holds the rest. */
const CONSOLE =
  /^(\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?)\t(?:\u001b\[\d{1,3}m)?[A-Z]{4,6}(?:\u001b\[0m)?\t(?:[\w.-]{1,255}\t)?[^\t]{1,64}\t(?=\{)/; // oxlint-disable-line no-control-regex -- terminals' colours are control characters
/** Python's `logging`, as `basicConfig` sets it: `INFO:aiohttp.access:`. */
const PYTHON = /^(?:DEBUG|INFO|WARNING|ERROR):[\w.]{1,128}:/;
/** UTF-8's byte order mark, which editors and shells of Windows put before the first line of a file. */
export const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';
export const ANSI_ESCAPE = '\u001b[';
// oxlint-disable-next-line no-control-regex -- terminals' colours are control characters
const COLOUR = /\u001b\[[\d;]{0,32}m/g;

/**
 * Keys under which log shippers keep the line: Docker and Fluent Bit, Vector and Filebeat and Logstash, journald, GELF, Elastic's
 * pipelines, Loki, Google Cloud Logging.
 */
const LINE_KEYS = ['log', 'message', 'MESSAGE', 'short_message', 'event.original', 'line', 'textPayload'].map(keyPath);
const TIME_KEYS = ['time', 'timestamp', '@timestamp', 'date', '__REALTIME_TIMESTAMP'];

/**
 * Takes off what stands around a line, layer by layer; the innermost text is first, and there are none where nothing is around it.
 * The runtime splits lines above 16 KiB into pieces marked `P`, which stand on lines of their own: the first piece is read for what
 * it holds (it often reaches beyond the status), the later ones are no requests and are rejected as unparsable.
 */
export function unwrap(line: string, layersMax = LAYERS_MAX): Unwrapped[] {
  const layers: Unwrapped[] = [];
  let outer: Unwrapped = { text: line, start: 0 };
  while (layers.length < layersMax) {
    const inner = unwrapOnce(outer.text);
    if (inner === undefined) break;
    const start = outer.start === -1 || inner.start === -1 ? -1 : outer.start + inner.start;
    outer = { text: inner.text, start, time: inner.time ?? outer.time };
    layers.unshift(outer);
  }
  return layers;
}

/** How many layers a text is that stands before a line; undefined where there is more in it. */
export function layersIn(text: string): number | undefined {
  let layers = 0;
  for (let rest = text; rest !== ''; layers += 1) {
    const inner = unwrapOnce(rest);
    if (inner === undefined || inner.start <= 0) return undefined;
    rest = inner.text;
  }
  return layers;
}

function unwrapOnce(line: string): Unwrapped | undefined {
  const first = line.charCodeAt(0);
  if (first === 0x7b) return unwrapJson(line);
  if (first === 0x22) return unwrapCsv(line);
  if (line.startsWith(BYTE_ORDER_MARK))
    return { text: line.slice(BYTE_ORDER_MARK.length), start: BYTE_ORDER_MARK.length };
  for (const header of headersOf(line, first)) {
    const found = header.exec(line);
    if (found !== null) return { text: line.slice(found[0].length), start: found[0].length, time: found[1] };
  }
  return line.includes(ANSI_ESCAPE) ? unwrapColours(line) : undefined;
}

const ANGLED = [SYSLOG_BSD, SYSLOG_IETF, HEROKU_DRAIN, SYSLOG_ISO];
const SQUARE = [POD];
const DATED = [CRI, SYSLOG_ISO, TIMESTAMP, COMPOSE];
const NUMBERED = [COMPOSE, CONSOLE];
const NAMED = [SYSLOG_BSD, COMPOSE, PYTHON, FILE_NAME];

/** The headers that begin as this line does. */
function headersOf(line: string, first: number): readonly RegExp[] {
  if (first === 0x3c) return ANGLED;
  if (first === 0x5b) return SQUARE;
  if (first < 0x30 || first > 0x39) return NAMED;
  return line.charCodeAt(4) === 0x2d ? DATED : NUMBERED;
}

/** Whether a line begins with the name of the file that it was found in. */
export function beginsWithFileName(line: string): boolean {
  return FILE_NAME.test(line);
}

function unwrapColours(line: string): Unwrapped | undefined {
  const text = line.replace(COLOUR, '');
  return text.length === line.length ? undefined : { text, start: -1 };
}

/** RFC 4180 doubles the quotes within; some exports do not. */
function unwrapCsv(line: string): Unwrapped | undefined {
  if (!line.endsWith('"') || line.length < 2) return undefined;
  const text = line.slice(1, -1);
  return text.includes('] ""') ? { text: text.replaceAll('""', '"'), start: -1 } : { text, start: 1 };
}

/** A line that a shipper keeps in JSON: `{"log":"…\n","stream":"stdout","time":"…"}`. */
function unwrapJson(line: string): Unwrapped | undefined {
  const object = parseJsonObject(line);
  if (object === undefined) return undefined;
  for (const key of LINE_KEYS) {
    const text = lineText(valueAt(object, key));
    if (text === undefined) continue;
    const time = TIME_KEYS.map((name) => object[name]).find((value) => value !== undefined && value !== '');
    return { text, start: -1, time: typeof time === 'string' || typeof time === 'number' ? String(time) : undefined };
  }
  return undefined;
}

/** journald gives what is no UTF-8 as a list of bytes. */
function lineText(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value.replace(/\r?\n$/, '');
  if (!Array.isArray(value) || value.length === 0) return undefined;
  if (!value.every((byte) => typeof byte === 'number' && byte >= 0 && byte <= 255)) return undefined;
  return (value as number[]).map((byte) => String.fromCharCode(byte)).join('');
}
