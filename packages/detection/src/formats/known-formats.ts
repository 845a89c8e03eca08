import { APPLICATION_FORMATS } from './application-formats.ts';
import { haproxyClf, haproxyFormat } from './haproxy.ts';
import {
  closeRequest,
  combinedIdentity,
  combinedRest,
  combinedSpans,
  combinedTimeAt,
  isCombinedAddressPlain,
  isCombinedAgentEmpty,
  parseCombined,
} from './combined.ts';
import { jsonLineSpans, parseJsonLine } from './json-line.ts';
import type { LineFormat } from './line-format.ts';
import { textsBehind } from './other-headers.ts';
import { logfmtFormat } from './logfmt.ts';
import { rejected, type FieldSpans, type ParsedLine } from './parsed-line.ts';
import { patternFormat } from './pattern-format.ts';
import { templateOf, type Template } from './template.ts';
import { cloudfrontFormat, iisFormat } from './w3c-log.ts';
import { ANSI_ESCAPE, beginsWithFileName, BYTE_ORDER_MARK } from './wrappers.ts';
import { withoutOrigin } from './without-origin.ts';

const COMMA = 0x2c;
const DIGIT = /^\d/;
const NUMBER = /^\d{1,15}(?:\.\d{1,9})?/;
/** Where others have the identity that nobody asks for, lighttpd and Virtualmin have the virtual host. */
const HOST_NAME = /^(?:[\w-]{1,63}\.){1,8}[A-Za-z][\w-]{0,62}(?::\d{1,5})?$/;
/** Which has the digits and colons of an IPv6 address, and stands before a line to which somebody put a date and a time. */
const TIME_OF_DAY = /^\d\d:\d\d:\d\d$/;
/** `<requests> "<router>" "<server URL>" <duration>ms`, which Traefik's CLF adds. */
const TRAEFIK_DURATION = / (\d{1,12})ms$/;
/** A client and the identity that no server asks for any more. */
const NAMED_CLIENT = /^[\w.:-]{1,255} - /;
/** `<request length> <request time> [<upstream>] …`, which ingress-nginx adds. */
const INGRESS_REST = /^\d{1,15} (\d{1,9}(?:\.\d{1,9})?) \[/;

/** `TCP_MISS:HIER_DIRECT`, which Squid's `common` and `combined` add: what came of the request, and where the answer came from. */
const SQUID_RESULT = /^[A-Z_]{3,64}:[A-Z_]{3,64}$/;

/**
 * Apache's and nginx's combined and common formats and what is combined with more behind it: Apache with `%D` (microseconds) or
 * `%T` (seconds), nginx with `$request_time`, Traefik's CLF, ingress-nginx, Squid, HAProxy's CLF.
 */
export const combinedFormat: LineFormat = {
  name: 'combined',
  parse: (line) => {
    const parsed = parseCutOff(line);
    if (!parsed.ok) return parsed;
    if (isForeign(line)) return rejected('unparsable');
    // Servers write control characters as escapes: what begins with one in the raw is coloured for a terminal.
    if (parsed.request.method === '-' && parsed.request.target.startsWith(ANSI_ESCAPE) && line.includes(ANSI_ESCAPE))
      return rejected('unparsable');
    const identity = combinedIdentity(line);
    return withRest(
      line,
      HOST_NAME.test(identity) ? { ok: true, request: { ...parsed.request, host: identity } } : parsed,
    );
  },
  spans: (line) => spansOfCombined(line),
};

/**
 * What no other format fits in a source of combined lines: where the client is a name or a socket (`unix:`), the words of a user's name
 * look like what stands before the address in a log of something else.
 */
export const combinedOfNamedClient: LineFormat = {
  name: 'combined',
  parse: (line) => (NAMED_CLIENT.test(line) ? withRest(line, parseCutOff(line)) : rejected('unparsable')),
  spans: (line) => spansOfCombined(line),
};

/**
 * varnishncsa's, which writes whole URLs where the client sent paths. Not detected: in other logs a whole URL is what somebody asked
 * of a proxy.
 */
const varnishFormat = ofWholeUrls('varnish', combinedFormat);

/** A combined line, also one that was cut off within its request. */
function parseCutOff(line: string, start = 0): ParsedLine {
  const parsed = parseCombined(line, start);
  const closed = parsed.ok ? undefined : closeRequest(line, start);
  return closed === undefined ? parsed : parseCombined(closed, start);
}

/** Without those of what was cut off. */
function spansOfCombined(line: string, start = 0): FieldSpans {
  const spans = combinedSpans(closeRequest(line, start) ?? line, start);
  return Object.fromEntries(Object.entries(spans).filter(([, [, end]]) => end <= line.length));
}

/** `host:port` and then the combined format: Apache's `vhost_combined`. */
const vhostCombinedFormat: LineFormat = {
  name: 'vhost_combined',
  parse: (line) => {
    const space = line.indexOf(' ');
    const start = space + 1;
    if (space < 0 || !isAddressStart(line, start)) return rejected(line.trim() === '' ? 'empty' : 'unparsable');
    const parsed = parseCutOff(line, start);
    if (!parsed.ok) return parsed;
    // A request without Host has none, or a dash.
    const host = line.slice(0, space);
    return withRest(line, { ok: true, request: { ...parsed.request, host: host === '-' ? '' : host } });
  },
  spans: (line): FieldSpans => {
    const space = line.indexOf(' ');
    return { ...spansOfCombined(line, space + 1), host: [0, space] };
  },
};

const jsonFormat: LineFormat = { name: 'json', begins: /[\s{]/, parse: parseJsonLine, spans: jsonLineSpans };

/** Envoy's default: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage */
const envoyFormat: LineFormat = {
  name: 'envoy',
  begins: /\[/,
  ...templateOf(
    '[<time>] "<requestLine>" <status> <> <> <bytes> <duration> <> "<forwardedFor>" "<userAgent>" "<>" "<host>" "<>"',
    { durationUnitSeconds: 1e-3 },
  ),
};

/** Istio's default: Envoy's with more after the flags and behind. */
const istioFormat: LineFormat = {
  name: 'istio',
  begins: /\[/,
  ...templateOf(
    '[<time>] "<requestLine>" <status> <> <> <> "<>" <> <bytes> <duration> <> "<forwardedFor>" "<userAgent>" "<>" "<host>" "<>" <> <> <> <address>',
    { durationUnitSeconds: 1e-3 },
  ),
};

// As its nginx.conf has them: https://github.com/NginxProxyManager/nginx-proxy-manager
const proxyManagerHost = templateOf(
  '[<time>] <> <> <status> - <method> <> <host> "<target>" [Client <address>] [Length <bytes>] [Gzip <>] [Sent-to <>] "<userAgent>" "<referer>"',
);
const proxyManagerRest = templateOf(
  '[<time>] <status> - <method> <> <host> "<target>" [Client <address>] [Length <bytes>] [Gzip <>] "<userAgent>" "<referer>"',
);
/** Nginx Proxy Manager's two: of the hosts that it proxies, and of those that it redirects or refuses. */
const proxyManagerFormat: LineFormat = {
  name: 'nginx-proxy-manager',
  begins: /\[/,
  parse: (line) => {
    const parsed = proxyManagerHost.parse(line);
    return parsed.ok ? parsed : proxyManagerRest.parse(line);
  },
  spans: (line) => (proxyManagerHost.parse(line).ok ? proxyManagerHost : proxyManagerRest).spans(line),
};

/** https://github.com/ZoeyVid/NPMplus */
const npmplusFormat: LineFormat = {
  name: 'npmplus',
  begins: /\[/,
  ...only(
    /^\[\d\d\/[A-Z][a-z]{2}\/\d{4}:[^\]]{1,32}\] \S{1,255} [\da-fA-F.:]{2,45} [\d.]{1,16} "/,
    templateOf('[<time>] <host> <address> <duration> "<requestLine>" <status> <bytes> <> <referer> <userAgent>', {
      exact: true,
    }),
  ),
};

/** Squid's own: https://wiki.squid-cache.org/Features/LogFormat */
const squidFormat = patternFormat(
  'squid',
  /\d/,
  /^(?<time>\d{9,10}\.\d{3}) +(?<duration>\d{1,9}) (?<address>\S{2,64}) [A-Z_]{3,64}\/(?<status>\d{3}) (?<bytes>\d{1,15}) (?<method>\S{1,32}) (?<target>\S+) (?<user>\S+) [A-Z_]{3,64}\/\S+/,
  { durationUnitSeconds: 1e-3, isWholeUrl: true },
);

/** https://cloud.google.com/storage/docs/access-logs#format */
const cloudStorageFormat: LineFormat = {
  name: 'cloudstorage',
  begins: /"/,
  ...only(
    /^"\d{16}",/,
    templateOf(
      '"<time>","<address>","<>","<>","<method>","<target>","<status>","<>","<bytes>","<duration>","<host>","<referer>","<userAgent>","<>"',
      { durationUnitSeconds: 1e-6 },
    ),
  ),
};

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html */
const alb = only(
  /^(?:https?|h2|grpcs|wss?) \d{4}-/,
  templateOf('<> <time> <> <address> <> <> <duration> <> <status> <> <> <bytes> "<requestLine>" "<userAgent>" <>'),
);
const albFormat: LineFormat = { ...ofWholeUrls('alb', alb), begins: /[hgw]/ };

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html */
const elb = only(
  /^\d{4}-\d\d-\d\dT[\d:.]{8,18}Z [\w-]{1,64} \S{1,64} \S{1,64} (?:-1|\d{1,6}\.\d{1,9}) /,
  templateOf('<time> <> <address> <> <> <duration> <> <status> <> <> <bytes> "<requestLine>" "<userAgent>" <>'),
);
const elbFormat: LineFormat = { ...ofWholeUrls('elb', elb), begins: /\d/ };

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html */
const s3Format: LineFormat = {
  name: 's3',
  begins: /\S/,
  ...only(
    /^\S{1,128} \S{1,128} \[[^\]]{1,40}\] \S{1,64} \S{1,256} \S{1,64} (?:REST|WEBSITE|SOAP)\./,
    templateOf(
      '<> <> [<time>] <address> <> <> <> <> "<requestLine>" <status> <> <bytes> <> <duration> <> "<referer>" "<userAgent>" <>',
      { durationUnitSeconds: 1e-3 },
    ),
  ),
};

/** A format whose targets come with scheme and host, whatever the client sent. */
function ofWholeUrls(name: string, template: Template | LineFormat): LineFormat {
  return {
    name,
    parse: (line) => {
      const parsed = template.parse(line);
      return parsed.ok ? { ok: true, request: withoutOrigin(parsed.request) } : parsed;
    },
    spans: (line) => template.spans(line),
  };
}

/** A template for lines of one kind, where it would also fit others. */
function only(kind: RegExp, template: Template): Template {
  return { ...template, parse: (line) => (kind.test(line) ? template.parse(line) : rejected('unparsable')) };
}

/** In the order in which they are tried on a line that its source's format does not fit. */
export const KNOWN_FORMATS: readonly LineFormat[] = [
  combinedFormat,
  vhostCombinedFormat,
  jsonFormat,
  // Before Envoy's, whose fields are fewer and would take the further ones for text of their own.
  istioFormat,
  envoyFormat,
  proxyManagerFormat,
  albFormat,
  elbFormat,
  s3Format,
  haproxyFormat,
  cloudfrontFormat,
  iisFormat,
  cloudStorageFormat,
  squidFormat,
  npmplusFormat,
  ...APPLICATION_FORMATS,
];

/** By the code of a line's first character. */
const FORMATS_BY_BEGINNING = Array.from({ length: 256 }, (_, code) =>
  KNOWN_FORMATS.filter(({ begins }) => begins?.test(String.fromCharCode(code)) ?? true),
);

/** Those of the known formats whose lines may begin as this one does. */
export function formatsThatBeginLike(line: string): readonly LineFormat[] {
  return FORMATS_BY_BEGINNING[line.charCodeAt(0)] ?? KNOWN_FORMATS;
}

/** Names by which an operator may set a format; what shares a parser shares it here. */
export const FORMAT_NAMES: ReadonlyMap<string, LineFormat> = new Map([
  ...KNOWN_FORMATS.map((format) => [format.name, format] as const),
  ['common', combinedFormat],
  ['nginx', combinedFormat],
  ['apache', combinedFormat],
  ['traefik', combinedFormat],
  ['ingress-nginx', combinedFormat],
  ['caddy', jsonFormat],
  ['nginx_json', jsonFormat],
  ['traefik_json', jsonFormat],
  ['heroku', logfmtFormat],
  ['varnish', varnishFormat],
]);

/**
 * Whether a line that reads as combined is another format's: with a virtual host before the address, a byte order mark, or the
 * header of a container runtime or of syslog, which makes more words before the time than address, identity and user.
 */
function isForeign(line: string): boolean {
  const second = line.indexOf(' ') + 1;
  if (isCombinedAddressPlain() && line.startsWith('- ', second)) return false;
  // A virtual host may be an address, too: whoever asks for one by the Host header must not be taken for it.
  if (isAddressStart(line, second) && line.charCodeAt(second - 2) !== COMMA) return true;
  if (isAddressStart(line, 0)) return false;
  if (line.startsWith(BYTE_ORDER_MARK) || line.startsWith(ANSI_ESCAPE) || beginsWithFileName(line)) return true;
  if (line.lastIndexOf('"', second) !== -1) return true;
  const third = line.indexOf(' ', second) + 1;
  const fourth = line.indexOf(' ', third) + 1;
  return second === 0 || third === 0 || fourth !== combinedTimeAt();
}

/** Whether an IPv4 or IPv6 address seems to begin at `at`. */
function isAddressStart(line: string, at: number): boolean {
  const end = line.indexOf(' ', at);
  if (end === -1 || end - at > 64) return false;
  const word = line.slice(at, end);
  if (TIME_OF_DAY.test(word)) return false;
  return (
    /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?::\d{1,5})?,?$/.test(word) ||
    /^\[?[0-9a-fA-F:]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*[\]:0-9]{0,7}$/.test(word)
  );
}

/** With what the line says of a request behind the agent: how long it took, and headers. */
function withRest(line: string, parsed: ParsedLine): ParsedLine {
  if (!parsed.ok) return parsed;
  const rest = combinedRest(line);
  if (rest === '') return parsed;
  if (SQUID_RESULT.test(rest)) return { ok: true, request: withoutOrigin(parsed.request) };
  const isNumber = DIGIT.test(rest);
  const haproxy = isNumber && isCombinedAgentEmpty() ? haproxyClf(parsed.request, rest) : undefined;
  if (haproxy !== undefined) return { ok: true, request: haproxy };
  const seconds = isNumber ? durationOf(rest) : Number.NaN;
  const headers = textsBehind(rest);
  if (Number.isNaN(seconds) && headers === undefined) return parsed;
  const request = { ...parsed.request };
  if (!Number.isNaN(seconds)) request.durationSeconds = seconds;
  if (headers !== undefined) request.headers = headers;
  return { ok: true, request };
}

function durationOf(rest: string): number {
  const traefik = TRAEFIK_DURATION.exec(rest);
  if (traefik !== null) return Number(traefik[1]) / 1000;
  const ingress = INGRESS_REST.exec(rest);
  if (ingress !== null) return Number(ingress[1]);
  const number = NUMBER.exec(rest)?.[0] ?? '';
  // A whole number is Apache's %D; one with a fraction is nginx's $request_time.
  return number.includes('.') ? Number(number) : Number(number) / 1e6;
}
