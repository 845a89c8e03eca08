import type { ParsedRequest } from '@vigil/shared/contracts';

/** How a server writes a request, given how it would in the combined format. */
export type FormatWriter = (request: ParsedRequest, combined: string, index: number) => string;

export const HOST = 'shop.example';
const ACCEPT_LANGUAGE = 'en-US,en;q=0.9,de;q=0.8';

export const iso = (ms: number): string => new Date(ms).toISOString();
const seconds = (index: number): string => ((index % 400) / 1000).toFixed(3);
export const pathOf = ({ target }: ParsedRequest): string => target.split('?', 1)[0]!;
const queryOf = ({ target }: ParsedRequest): string => target.split('?').slice(1).join('?') || '-';
const orDash = (text: string): string => text || '-';
const plus = (text: string): string => orDash(text.replaceAll(' ', '+'));
export const requestLineOf = ({ method, target, protocol }: ParsedRequest): string => `${method} ${target} ${protocol}`;
/** `02/Mar/2026:00:00:21 +0000`, as the combined line has it. */
const clfOf = (combined: string): string => combined.slice(combined.indexOf('[') + 1, combined.indexOf(']'));
const syslogTimeOf = (combined: string): string => {
  const time = clfOf(combined);
  return `${time.slice(3, 6)} ${time.slice(0, 2).replace(/^0/, ' ')} ${time.slice(12, 20)}`;
};

/** As the driver `json-file` keeps a line. */
export const dockerLine = (line: string, timeMs: number): string =>
  JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: iso(timeMs).replace('Z', '456789Z') });

const nginxJson: FormatWriter = (request, combined, index) =>
  JSON.stringify({
    time_local: clfOf(combined),
    remote_addr: request.sourceIp,
    remote_user: request.remoteUser,
    request: requestLineOf(request),
    status: String(request.status),
    body_bytes_sent: String(request.bytes),
    request_time: seconds(index),
    http_referrer: request.referer,
    http_user_agent: request.userAgent,
    http_x_forwarded_for: request.sourceIp,
    host: HOST,
  });

/** Access logs by their format, the combined one first. */
export const FORMAT_WRITERS: Record<string, FormatWriter> = {
  combined: (_, combined) => combined,
  "nginx's main, X-Forwarded-For": ({ sourceIp }, combined) => `${combined} "${sourceIp}, 10.1.2.3"`,
  'combined, Accept-Language behind': (_, combined) => `${combined} "${ACCEPT_LANGUAGE}"`,
  vhost_combined: (_, combined) => `${HOST}:443 ${combined}`,
  "nginx's JSON": nginxJson,
  "Caddy's JSON": (request, _, index) =>
    JSON.stringify({
      level: 'info',
      ts: request.timestampMs / 1000 + (index % 1000) / 1e6,
      logger: 'http.log.access.log0',
      msg: 'handled request',
      request: {
        remote_ip: request.sourceIp,
        remote_port: String(10_000 + (index % 50_000)),
        client_ip: request.sourceIp,
        proto: 'HTTP/2.0',
        method: request.method,
        host: HOST,
        uri: request.target,
        headers: {
          'Accept-Encoding': ['gzip, deflate, br'],
          'User-Agent': [request.userAgent],
          Accept: ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
          'Accept-Language': [ACCEPT_LANGUAGE],
          'Sec-Fetch-Mode': ['navigate'],
          'Sec-Fetch-Site': ['same-origin'],
          ...(request.referer === '' ? {} : { Referer: [request.referer] }),
        },
        tls: { resumed: false, version: 772, cipher_suite: 4865, proto: 'h2', server_name: HOST },
      },
      bytes_read: 0,
      user_id: request.remoteUser,
      duration: Number(seconds(index)),
      size: request.bytes,
      status: request.status,
      resp_headers: { Server: ['Caddy'], 'Content-Type': ['text/html; charset=utf-8'], Vary: ['Accept-Encoding'] },
    }),
  "Traefik's JSON": (request, _, index) =>
    JSON.stringify({
      ClientAddr: `${request.sourceIp}:${10_000 + (index % 50_000)}`,
      ClientHost: request.sourceIp,
      ClientPort: String(10_000 + (index % 50_000)),
      ClientUsername: orDash(request.remoteUser),
      DownstreamContentSize: request.bytes,
      DownstreamStatus: request.status,
      Duration: 120_340 + index,
      OriginContentSize: request.bytes,
      OriginDuration: 110_340 + index,
      OriginStatus: request.status,
      Overhead: 10_000,
      RequestAddr: HOST,
      RequestContentSize: 0,
      RequestCount: index,
      RequestHost: HOST,
      RequestMethod: request.method,
      RequestPath: request.target,
      RequestPort: '-',
      RequestProtocol: 'HTTP/2.0',
      RequestScheme: 'https',
      RetryAttempts: 0,
      RouterName: 'shop@docker',
      ServiceName: 'shop@docker',
      ServiceURL: 'http://172.18.0.3:80',
      StartUTC: iso(request.timestampMs).replace('Z', '456789Z'),
      entryPointName: 'websecure',
      level: 'info',
      msg: '',
      'request_User-Agent': request.userAgent,
      request_Referer: request.referer,
      time: iso(request.timestampMs),
    }),
  'Elastic Common Schema': (request) =>
    JSON.stringify({
      '@timestamp': iso(request.timestampMs),
      source: { ip: request.sourceIp },
      http: {
        request: { method: request.method, referrer: request.referer },
        response: { status_code: request.status, body: { bytes: request.bytes } },
      },
      url: { original: request.target, domain: HOST },
      user_agent: { original: request.userAgent },
    }),
  'AWS ALB': (request, _, index) =>
    `https ${iso(request.timestampMs).replace('Z', '641Z')} app/shop/50dc6c495c0c9188 ${request.sourceIp}:${10_000 + (index % 50_000)} 10.0.0.66:9000 0.000 ${seconds(index)} 0.000 ${request.status} ${request.status} 5 ${request.bytes} "${request.method} https://${HOST}:443${request.target} ${request.protocol}" "${request.userAgent}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/shop/73e2d6bc24d8a067 "Root=1-58337327-72bd00b0343d75b906739c42" "${HOST}" "-" 1 ${iso(request.timestampMs)} "forward" "-" "-" 10.0.0.66:9000 ${request.status} "-" "-"`,
  CloudFront: (request, _, index) =>
    [
      iso(request.timestampMs).slice(0, 10),
      iso(request.timestampMs).slice(11, 19),
      'LAX1',
      request.bytes,
      request.sourceIp,
      request.method,
      'd111111abcdef8.cloudfront.net',
      pathOf(request).replaceAll('%', '%25'),
      request.status,
      orDash(request.referer),
      orDash(request.userAgent.replaceAll('%', '%25').replaceAll(' ', '%20')),
      queryOf(request).replaceAll('%', '%25'),
      '-',
      'Hit',
      'SOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==',
      HOST,
      'https',
      '23',
      seconds(index),
      '-\tTLSv1.2\tECDHE-RSA-AES128-GCM-SHA256\tHit\tHTTP/2.0\t-\t-\t11040\t0.001\tHit\ttext/html\t78\t-\t-',
    ].join('\t'),
  IIS: (request, _, index) =>
    `${iso(request.timestampMs).slice(0, 19).replace('T', ' ')} 10.0.0.5 ${request.method} ${pathOf(request)} ${queryOf(request)} 443 - ${request.sourceIp} ${plus(request.userAgent)} ${orDash(request.referer)} ${request.status} 0 0 ${index % 400}`,
  Envoy: (request, _, index) =>
    `[${iso(request.timestampMs)}] "${requestLineOf(request)}" ${request.status} - 0 ${request.bytes} ${index % 400} 12 "${request.sourceIp}, 10.0.0.1" "${request.userAgent}" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "${HOST}" "10.0.2.1:80"`,
  HAProxy: (request, combined, index) =>
    `${syslogTimeOf(combined)} web1 haproxy[14389]: ${request.sourceIp}:${10_000 + (index % 50_000)} [${clfOf(combined).slice(0, 20)}.655] http-in shop/srv1 10/0/30/69/109 ${request.status} ${request.bytes} - - ---- 1/1/1/1/0 0/0 {${HOST}|${request.userAgent}} "${requestLineOf(request)}"`,
  logfmt: (request, _, index) =>
    `time=${iso(request.timestampMs)} level=info msg="request completed" method=${request.method} path=${JSON.stringify(request.target)} status=${request.status} size=${request.bytes} remote_addr=${request.sourceIp} duration=${seconds(index)} referer=${JSON.stringify(request.referer)} user_agent=${JSON.stringify(request.userAgent)}`,
  "Heroku's router": (request, _, index) =>
    `<158>1 ${iso(request.timestampMs)} host heroku router - at=info method=${request.method} path="${request.target}" host=${HOST} request_id=8601b555-6a83-4c12-8269-97c8e32cdb22 fwd="${request.sourceIp}" dyno=web.1 connect=1ms service=${index % 400}ms status=${request.status} bytes=${request.bytes} protocol=https`,
  'syslog, combined': (_, combined) => `<190>${syslogTimeOf(combined)} web1 nginx: ${combined}`,
  'Kubernetes, combined': ({ timestampMs }, combined) =>
    `${iso(timestampMs).replace('Z', '456789Z')} stdout F ${combined}`,
  'Docker, combined': ({ timestampMs }, combined) => dockerLine(combined, timestampMs),
  "Docker, nginx's JSON": (request, combined, index) =>
    dockerLine(nginxJson(request, combined, index), request.timestampMs),
};
