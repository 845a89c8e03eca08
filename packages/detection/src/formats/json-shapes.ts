import type { FieldName } from './fields.ts';
import type { Keys } from './json-keys.ts';
import { keyPath, parseJsonObject, valueAt, type JsonObject } from './json-text.ts';
import { withoutPercents } from './quoted.ts';
import { rememberedByKeys } from './remembered-by-keys.ts';

/** How one writer of JSON access logs lays its lines out, where the usual names do not say it. */
export interface JsonShape {
  /** A key at the top that its lines have and no others do. */
  readonly mark: string;
  /** Where its fields stand, once it is laid open. */
  readonly keys: Keys;
  /** Lays open what stands deeper or is encoded; undefined where the line is another writer's after all. */
  readonly open?: (line: JsonObject) => JsonObject | undefined;
  /** Whether targets come with scheme and host, whatever the client sent. */
  readonly isWholeUrl?: boolean;
}

function shape(
  mark: string,
  names: Partial<Record<FieldName, string>>,
  more: Pick<JsonShape, 'open' | 'isWholeUrl'> = {},
): JsonShape {
  const keys = Object.entries(names).map(
    ([field, path]) => [field as FieldName, path.split(' ').map(keyPath)] as const,
  );
  return { mark, keys: new Map(keys), ...more };
}

/** All of them, in the order in which their marks are looked for. */
export const SHAPES: readonly JsonShape[] = [
  // https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html
  shape(
    'httpRequest',
    {
      address: 'httpRequest.clientIp',
      method: 'httpRequest.httpMethod',
      target: 'httpRequest.uri',
      query: 'httpRequest.args',
      protocol: 'httpRequest.httpVersion',
      host: 'headers.host',
      referer: 'headers.referer',
      userAgent: 'headers.user-agent',
    },
    { open: awsWaf },
  ),
  // https://learn.microsoft.com/azure/frontdoor/monitor-front-door#access-log, and App Service's HTTP logs
  shape(
    'properties',
    {
      address: 'properties.clientIp CIp',
      method: 'properties.httpMethod CsMethod',
      target: 'properties.requestUri CsUriStem',
      query: 'CsUriQuery',
      status: 'properties.httpStatusCode ScStatus',
      bytes: 'properties.responseBytes ScBytes',
      referer: 'properties.referer Referer',
      userAgent: 'properties.userAgent UserAgent',
      host: 'properties.hostName CsHost',
      user: 'CsUsername',
    },
    { open: azure, isWholeUrl: true },
  ),
  // The audit logs of ModSecurity 3 and 2 and of Coraza
  shape(
    'transaction',
    {
      address: 'client_ip remote_address',
      time: 'unix_timestamp time_stamp timestamp time',
      requestLine: 'request.request_line',
      method: 'request.method',
      target: 'request.uri',
      protocol: 'request.protocol',
      status: 'response.http_code response.status',
      host: 'headers.host',
      referer: 'headers.referer',
      userAgent: 'headers.user-agent',
    },
    { open: audit },
  ),
  // https://vercel.com/docs/drains/reference/logs
  shape(
    'proxy',
    {
      address: 'proxy.clientIp',
      time: 'proxy.timestamp',
      method: 'proxy.method',
      target: 'proxy.path',
      status: 'proxy.statusCode statusCode',
      host: 'proxy.host',
      referer: 'proxy.referer',
      userAgent: 'proxy.userAgent',
    },
    { open: where('proxy.clientIp', /./) },
  ),
  // Netlify's traffic logs: https://docs.netlify.com/manage/monitoring/log-drains/
  shape('log_type', {}, { open: where('log_type', /^traffic$/), isWholeUrl: true }),
  // https://techdocs.akamai.com/datastream2/docs/data-set-parameters-1
  shape(
    'cliIP',
    {
      address: 'cliIP',
      time: 'reqTimeSec',
      method: 'reqMethod',
      target: 'reqPath',
      query: 'queryStr',
      status: 'statusCode',
      referer: 'referer',
      userAgent: 'UA',
      host: 'reqHost',
    },
    { open: akamai },
  ),
  // CloudFront's standard logs as JSON: the columns of the others.
  shape(
    'c-ip',
    {
      address: 'c-ip',
      time: 'moment',
      method: 'cs-method',
      target: 'cs-uri-stem',
      query: 'cs-uri-query',
      protocol: 'cs-protocol-version',
      status: 'sc-status',
      bytes: 'sc-bytes',
      referer: 'cs(Referer)',
      userAgent: 'cs(User-Agent)',
      host: 'x-host-header cs(Host)',
    },
    { open: cloudfront },
  ),
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-access-logging.html
  shape(
    'requestTime',
    {
      address: 'ip sourceIp',
      time: 'requestTime',
      method: 'httpMethod',
      target: 'path resourcePath',
      bytes: 'responseLength',
    },
    // Elsewhere it is how long the request took.
    { open: where('requestTime', /^\d\d\/[A-Z]/) },
  ),
  // https://www.fastly.com/documentation/guides/integrations/logging/useful-log-formats/
  shape('request_user_agent', {
    target: 'url',
    protocol: 'request_protocol',
    status: 'response_status',
    bytes: 'response_body_size',
    referer: 'request_referer',
    userAgent: 'request_user_agent',
  }),
  // Logback's access events: https://github.com/logfellow/logstash-logback-encoder
  shape('requested_uri', {
    address: 'remote_host',
    requestLine: 'requested_url',
    target: 'requested_uri',
    bytes: 'content_length',
  }),
  // Tomcat's JsonAccessLogValve: https://tomcat.apache.org/tomcat-10.1-doc/config/valve.html
  shape(
    'logicalUserName',
    {
      address: 'remoteAddr',
      status: 'statusCode',
      query: 'query',
      host: 'localServerName',
      referer: 'requestHeaders.Referer',
      userAgent: 'requestHeaders.User-Agent',
    },
    { open: tomcat },
  ),
  // Serilog's compact format
  shape('@t', { time: '@t', method: 'RequestMethod', target: 'RequestPath', status: 'StatusCode' }),
  // express-winston
  shape('meta', {
    method: 'meta.req.method',
    target: 'meta.req.originalUrl meta.req.url',
    status: 'meta.res.statusCode',
    host: 'meta.req.headers.host',
    referer: 'meta.req.headers.referer',
    userAgent: 'meta.req.headers.user-agent',
    forwardedFor: 'meta.req.headers.x-forwarded-for',
  }),
  // Suricata's events of HTTP
  shape('event_type', {
    address: 'src_ip',
    method: 'http.http_method',
    target: 'http.url',
    protocol: 'http.protocol',
    status: 'http.status',
    bytes: 'http.length',
    referer: 'http.http_refer',
    userAgent: 'http.http_user_agent',
    host: 'http.hostname',
  }),
  // Zeek's http.log
  shape('id.orig_h', { address: 'id.orig_h', bytes: 'response_body_len' }),
  // Envoy Gateway
  shape(':authority', { target: 'x-envoy-origin-path', host: ':authority', bytes: 'bytes_sent' }),
  // OpenTelemetry's attributes, and as they were named before 2023: https://opentelemetry.io/docs/specs/semconv/http/
  shape('http.request.method', { address: 'client.address', host: 'server.address' }),
  shape('http.method', {
    address: 'http.client_ip net.sock.peer.addr net.peer.ip',
    method: 'http.method',
    target: 'http.target',
    status: 'http.status_code',
    host: 'http.host',
    userAgent: 'http.user_agent',
  }),
  // https://schema.ocsf.io/classes/http_activity
  shape('http_request', {
    address: 'src_endpoint.ip',
    method: 'http_request.http_method',
    target: 'http_request.url.path',
    query: 'http_request.url.query_string',
    protocol: 'http_request.version',
    status: 'http_response.code',
    bytes: 'http_response.length',
    referer: 'http_request.referrer',
    userAgent: 'http_request.user_agent',
    host: 'http_request.url.hostname',
  }),
];

const shapesMarkedBy = rememberedByKeys((keys) => SHAPES.filter(({ mark }) => keys.has(mark)));

/** The shape of a line, and the line laid open; undefined where the usual names say it all. */
export function shapeOf(line: JsonObject): { shape: JsonShape; line: JsonObject } | undefined {
  for (const known of shapesMarkedBy(line)) {
    const opened = known.open === undefined ? line : known.open(line);
    if (opened !== undefined) return { shape: known, line: opened };
  }
  return undefined;
}

function objectAt(line: JsonObject, path: string): JsonObject | undefined {
  const value = valueAt(line, keyPath(path));
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** Leaves lines as they are, and to others those that have nothing like it at a path. */
function where(path: string, like: RegExp): (line: JsonObject) => JsonObject | undefined {
  const at = keyPath(path);
  return (line) => {
    const value = valueAt(line, at);
    return typeof value === 'string' && like.test(value) ? line : undefined;
  };
}

/** Its headers are a list of names and values. */
function awsWaf(line: JsonObject): JsonObject | undefined {
  const listed: unknown = valueAt(line, keyPath('httpRequest.headers'));
  if (!Array.isArray(listed)) return undefined;
  const headers: Record<string, unknown> = {};
  for (const header of listed as ({ name?: unknown; value?: unknown } | null)[])
    if (typeof header?.name === 'string') headers[header.name.toLowerCase()] = header.value;
  return { ...line, headers };
}

/** App Service keeps its fields in a text of JSON. */
function azure(line: JsonObject): JsonObject | undefined {
  const { properties } = line;
  const inner = typeof properties === 'string' ? parseJsonObject(properties) : undefined;
  return inner === undefined ? objectAt(line, 'properties') && line : { time: line['time'], ...inner };
}

function audit(line: JsonObject): JsonObject | undefined {
  const transaction = objectAt(line, 'transaction');
  const request = (transaction && objectAt(transaction, 'request')) ?? objectAt(line, 'request');
  if (transaction === undefined || request === undefined) return undefined;
  if (transaction['client_ip'] === undefined && transaction['remote_address'] === undefined) return undefined;
  const headers = Object.entries(objectAt(request, 'headers') ?? {}).map(([name, value]) => [
    name.toLowerCase(),
    value,
  ]);
  return {
    response: line['response'],
    ...transaction,
    request,
    headers: Object.fromEntries(headers) as JsonObject,
  };
}

/** What it names host is the client. */
function tomcat({ host, ...line }: JsonObject): JsonObject {
  return { remoteAddr: host, ...line };
}

function akamai(line: JsonObject): JsonObject {
  return decoded(line, ['UA', 'referer']);
}

function cloudfront(line: JsonObject): JsonObject {
  const moment = `${String(line['date'])} ${String(line['time'])}Z`;
  return { ...decoded(line, ['cs-uri-stem', 'cs-uri-query', 'cs(Referer)', 'cs(User-Agent)']), moment };
}

function decoded(line: JsonObject, names: readonly string[]): JsonObject {
  const texts = names.map((name) => [name, line[name]] as const);
  return {
    ...line,
    ...Object.fromEntries(texts.map(([name, text]) => [name, typeof text === 'string' ? withoutPercents(text) : text])),
  };
}
