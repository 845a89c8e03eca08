import type { FieldName } from './fields.ts';
import { keyPath, type JsonObject, type KeyPath } from './json-text.ts';
import { isOtherHeader, remembered } from './other-headers.ts';

/** Where fields stand in an object, best first. */
export type Keys = ReadonlyMap<FieldName, readonly KeyPath[]>;

/**
 * Keys under which the usual writers of JSON access logs put each field, best first: nginx's variables as most configurations name
 * them (those of ingress-nginx, too), Apache as it is usually told to, Caddy, Traefik, Envoy, the Elastic Common Schema, the load
 * balancers of Google (`httpRequest`), Cloudflare (`ClientRequest…`) and Azure (`properties`), pino-http (`req`), Kong (`latencies`), Echo and
 * GitLab's Workhorse. What has names of its own is in `json-shapes.ts`.
 */
const USUAL_NAMES: Record<Exclude<FieldName, 'duration'>, readonly string[]> = {
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
    'remoteIP',
    'httpRequest.remoteIp',
    'ClientIP',
    'properties.clientIP',
    'req.remoteAddress',
  ],
  forwardedFor: [
    'http_x_forwarded_for',
    'x_forwarded_for',
    'forwarded_for',
    'proxy_add_x_forwarded_for',
    'x-forwarded-for',
    'x-forward-for',
    'xff',
    'http_x_real_ip',
    'x_real_ip',
    'http_cf_connecting_ip',
    'proxy_protocol_addr',
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
    'EdgeStartTimestamp',
    'timeStamp',
    'started_at',
  ],
  requestLine: ['request', 'request_line', 'http.request.line'],
  method: [
    'request_method',
    'method',
    'request.method',
    'RequestMethod',
    'http.request.method',
    'http_method',
    'verb',
    'httpRequest.requestMethod',
    'ClientRequestMethod',
    'properties.httpMethod',
    'req.method',
  ],
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
    'httpRequest.requestUrl',
    'ClientRequestURI',
    'properties.requestUri',
    'req.url',
  ],
  query: ['args', 'query_string', 'query', 'url.query', 'request_query', 'properties.requestQuery'],
  protocol: [
    'server_protocol',
    'protocol',
    'request.proto',
    'RequestProtocol',
    'http_version',
    'request_proto',
    'httpRequest.protocol',
    'ClientRequestProtocol',
    'properties.httpVersion',
    'proto',
  ],
  status: [
    'status',
    'DownstreamStatus',
    'response_code',
    'status_code',
    'http.response.status_code',
    'OriginStatus',
    'code',
    'response',
    'httpRequest.status',
    'EdgeResponseStatus',
    'properties.httpStatus',
    'res.statusCode',
    'response.status',
  ],
  bytes: [
    'body_bytes_sent',
    'bytes_sent',
    'size',
    'DownstreamContentSize',
    'http.response.body.bytes',
    'bytes',
    'response_size',
    'httpRequest.responseSize',
    'EdgeResponseBytes',
    'properties.sentBytes',
    'res.headers.content-length',
    'response.size',
    'bytes_out',
    'written_bytes',
  ],
  referer: [
    'http_referer',
    'http_referrer',
    'referer',
    'referrer',
    'request.headers.Referer',
    'request_Referer',
    'http.request.referrer',
    'httpRequest.referer',
    'ClientRequestReferer',
    'req.headers.referer',
    'request.headers.referer',
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
    'ua',
    'httpRequest.userAgent',
    'ClientRequestUserAgent',
    'properties.userAgent',
    'req.headers.user-agent',
    'request.headers.user-agent',
  ],
  host: [
    'http_host',
    'host',
    'request.host',
    'RequestHost',
    'authority',
    'vhost',
    'server_name',
    'url.domain',
    'ClientRequestHost',
    'properties.host',
    'req.headers.host',
    'request.headers.host',
  ],
  user: ['remote_user', 'user_id', 'ClientUsername', 'user.name', 'user'],
};

/** Paths to each field, best first; those of durations are in `DURATIONS`. */
export const USUAL_KEYS: Keys = new Map(
  Object.entries(USUAL_NAMES).map(([field, names]) => [field as FieldName, names.map(keyPath)]),
);
const FORWARDED_FOR: ReadonlySet<string> = new Set(USUAL_NAMES.forwardedFor);

/** A key of a duration. */
export interface DurationKey {
  path: KeyPath;
  /** How many seconds one unit is, in some cases by what else the object holds. */
  unitSeconds: number | ((object: JsonObject) => number);
}

/** Durations by key: seconds in one unit. Caddy and Envoy share `duration`; Caddy's lines have a `request` object. */
export const DURATIONS: readonly DurationKey[] = [
  { path: keyPath('request_time'), unitSeconds: 1 },
  { path: keyPath('Duration'), unitSeconds: 1e-9 },
  { path: keyPath('event.duration'), unitSeconds: 1e-9 },
  { path: keyPath('responseTime'), unitSeconds: 1e-3 },
  { path: keyPath('latencies.request'), unitSeconds: 1e-3 },
  { path: keyPath('duration'), unitSeconds: ({ request }) => (typeof request === 'object' ? 1 : 1e-3) },
];

/** A key of a request header, and the header's name where the key does not say it. */
export interface HeaderKey {
  path: KeyPath;
  name?: string | undefined;
}

/** Objects that hold request headers by their names, each a text or a list of them. */
export const HEADER_OBJECTS = [
  'request.headers',
  'req.headers',
  'http.request.headers',
  'meta.req.headers',
  'headers',
  'requestHeaders',
].map(keyPath);
/** Keys of single headers: nginx's variables and Traefik's names. What is known under other names is in `USUAL_NAMES`. */
const HEADER_KEY = /^(?:http|request(?=_[A-Z]))_(.{1,128})/;
/** The header that a key at an object's top names, where it names one. */
export const nameInKey = (key: string): string | undefined => HEADER_KEY.exec(key)?.[1];
/** Whether a key at an object's top holds a request header that has no field of its own. */
export const isHeaderKey = remembered((key) => {
  const name = nameInKey(key);
  return name === undefined ? FORWARDED_FOR.has(key) : isOtherHeader(name);
});
