import { requestFrom, type FieldName, type Fields } from './fields.ts';
import { parseJsonObject, stringSpan, valueAt } from './json-text.ts';
import { rejected, type FieldSpans, type ParsedLine, type SpannedField } from './parsed-line.ts';

type Keys = ReadonlyMap<FieldName, readonly string[]>;

const SPANNED: readonly (readonly [FieldName, SpannedField])[] = [
  ['requestLine', 'request'],
  ['target', 'target'],
  ['referer', 'referer'],
  ['userAgent', 'userAgent'],
  ['host', 'host'],
  ['user', 'remoteUser'],
];

/**
 * Keys under which the usual writers of JSON access logs put each field, best first: nginx's variables as most configurations name
 * them, Caddy, Traefik, Envoy, and the Elastic Common Schema.
 */
const USUAL: Record<Exclude<FieldName, 'duration'>, readonly string[]> = {
  address: [
    'remote_addr',
    'request.client_ip',
    'request.remote_ip',
    'request.remote_addr',
    'ClientHost',
    'client_ip',
    'clientip',
    'client.ip',
    'source.ip',
    'source.address',
    'remote_ip',
    'clientAddress',
    'ClientAddr',
    'downstream_remote_address',
    'src_ip',
    'ip',
    'client',
  ],
  forwardedFor: [
    'http_x_forwarded_for',
    'x_forwarded_for',
    'forwarded_for',
    'proxy_add_x_forwarded_for',
    'x-forwarded-for',
  ],
  time: [
    'time_local',
    'time_iso8601',
    'msec',
    '@timestamp',
    'timestamp',
    'StartUTC',
    'start_time',
    'ts',
    'time',
    'date',
    'datetime',
  ],
  requestLine: ['request', 'request_line', 'http.request.line'],
  method: ['request_method', 'method', 'request.method', 'RequestMethod', 'http.request.method', 'http_method', 'verb'],
  target: [
    'request_uri',
    'uri',
    'request.uri',
    'RequestPath',
    'url.original',
    'path',
    'url',
    'request_path',
    'target',
    'url.path',
    'x_envoy_original_path',
  ],
  query: ['args', 'query_string', 'query', 'url.query'],
  protocol: ['server_protocol', 'protocol', 'request.proto', 'RequestProtocol', 'http_version'],
  status: [
    'status',
    'DownstreamStatus',
    'response_code',
    'status_code',
    'http.response.status_code',
    'OriginStatus',
    'code',
    'response',
  ],
  bytes: [
    'body_bytes_sent',
    'bytes_sent',
    'size',
    'DownstreamContentSize',
    'http.response.body.bytes',
    'bytes',
    'response_size',
  ],
  referer: [
    'http_referer',
    'http_referrer',
    'referer',
    'referrer',
    'request.headers.Referer',
    'request_Referer',
    'http.request.referrer',
  ],
  userAgent: [
    'http_user_agent',
    'user_agent',
    'request.headers.User-Agent',
    'request_User-Agent',
    'user_agent.original',
    'userAgent',
    'agent',
    'useragent',
    'user-agent',
  ],
  host: ['http_host', 'host', 'request.host', 'RequestHost', 'authority', 'vhost', 'server_name', 'url.domain'],
  user: ['remote_user', 'user_id', 'ClientUsername', 'user.name', 'user'],
};

/** Durations by key: seconds in one unit. Caddy and Envoy share `duration`; Caddy's lines have a `request` object. */
const DURATIONS: readonly (readonly [string, number])[] = [
  ['request_time', 1],
  ['Duration', 1e-9],
  ['event.duration', 1e-9],
];

/** Parses a line of JSON by the keys that are usual. */
export function parseJsonLine(line: string): ParsedLine {
  const object = parseJsonObject(line);
  return object === undefined ? rejected(line.trim() === '' ? 'empty' : 'unparsable') : requestOf(object);
}

/** Where the fields stand in a line that `parseJsonLine` accepts. */
export function jsonLineSpans(line: string): FieldSpans {
  return spansBy(line, (field) => (field === 'duration' ? [] : USUAL[field]));
}

/** A JSON format with keys of its own; what they lack is looked for under the usual ones. */
export function jsonTemplateFields(keys: Keys): {
  parse: (line: string) => ParsedLine;
  spans: (line: string) => FieldSpans;
} {
  return {
    parse: (line) => {
      const object = parseJsonObject(line);
      return object === undefined ? rejected(line.trim() === '' ? 'empty' : 'unparsable') : requestOf(object, keys);
    },
    spans: (line) => spansBy(line, (field) => keys.get(field) ?? []),
  };
}

function requestOf(object: Record<string, unknown>, keys?: Keys): ParsedLine {
  const fields: Fields = {};
  for (const [field, usual] of Object.entries(USUAL) as [FieldName, readonly string[]][]) {
    const text = firstText(object, keys?.get(field) ?? []) ?? firstText(object, usual);
    if (text !== undefined) fields[field] = text;
  }
  // A request line that is only a path is the target; Caddy's `request` is an object and never gets here.
  if (fields.requestLine !== undefined && fields.target !== undefined && !fields.requestLine.includes(' '))
    fields.requestLine = undefined;
  addDuration(object, fields, keys);
  return requestFrom(fields);
}

function addDuration(object: Record<string, unknown>, fields: Fields, keys: Keys | undefined): void {
  const own = firstText(object, keys?.get('duration') ?? []);
  if (own !== undefined) {
    fields.duration = own;
    return;
  }
  for (const [key, unitSeconds] of DURATIONS) {
    const text = firstText(object, [key]);
    if (text === undefined) continue;
    fields.duration = text;
    fields.durationUnitSeconds = unitSeconds;
    return;
  }
  const duration = firstText(object, ['duration']);
  if (duration === undefined) return;
  fields.duration = duration;
  fields.durationUnitSeconds = typeof object['request'] === 'object' ? 1 : 1e-3;
}

/** The first of the keys that holds a string or a number (or a list of them, as headers do). */
function firstText(object: Record<string, unknown>, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = valueAt(object, key);
    const first: unknown = Array.isArray(value) ? value[0] : value;
    if (typeof first === 'string' && first !== '' && first !== '-') return first;
    if (typeof first === 'number') return String(first);
  }
  return undefined;
}

function spansBy(line: string, keysOf: (field: FieldName) => readonly string[]): FieldSpans {
  const spans: FieldSpans = {};
  for (const [field, name] of SPANNED) {
    for (const key of keysOf(field)) {
      const span = stringSpan(line, key);
      if (span === undefined) continue;
      spans[name] = span;
      break;
    }
  }
  return spans;
}
