import type { ParsedRequest } from '@vigil/shared/contracts';

const at = (text: string): number => Date.parse(text);

/** A real line of each format, mostly from its writer's documentation, with what must come out. */
export const SAMPLE_LINES: Record<string, [line: string, expected: Partial<ParsedRequest>]> = {
  combined: [
    '203.0.113.5 - bob [10/Oct/2025:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"',
    { sourceIp: '203.0.113.5', remoteUser: 'bob', target: '/apache_pb.gif', timestampMs: at('2025-10-10T20:55:36Z') },
  ],
  'vhost_combined of Apache': [
    'www.example.com:443 203.0.113.5 - - [10/Oct/2025:13:55:36 +0000] "GET /a HTTP/1.1" 200 23 "-" "curl/8.5.0"',
    { host: 'www.example.com:443', sourceIp: '203.0.113.5', target: '/a', userAgent: 'curl/8.5.0' },
  ],
  'vhost_combined with IPv6': [
    'example.com 2001:db8::8a2e - - [10/Oct/2025:13:55:36 +0000] "GET /a HTTP/1.1" 200 23 "-" "x"',
    { host: 'example.com', sourceIp: '2001:db8::8a2e' },
  ],
  'vhost_combined of a server without a name': [
    '127.0.1.1:80 203.0.113.5 - - [10/Oct/2025:13:55:36 +0000] "GET /a HTTP/1.1" 200 23 "-" "x"',
    { host: '127.0.1.1:80', sourceIp: '203.0.113.5' },
  ],
  'a virtual host that is whatever address the client asked for': [
    '198.51.100.7 203.0.113.5 - bob [10/Oct/2025:13:55:36 +0000] "GET /a HTTP/1.1" 200 23 "-" "x"',
    { host: '198.51.100.7', sourceIp: '203.0.113.5', remoteUser: 'bob' },
  ],
  'combined with a list of forwarded addresses': [
    '203.0.113.5, 198.51.100.7 - - [10/Oct/2025:13:55:36 +0000] "GET /a HTTP/1.1" 200 23 "-" "x"',
    { host: '', sourceIp: '203.0.113.5' },
  ],
  'Apache with %D': [
    '127.0.0.1 - - [10/Oct/2025:13:55:36 +0000] "GET / HTTP/1.1" 200 45 "-" "curl/7.88.1" 1523',
    { userAgent: 'curl/7.88.1', durationSeconds: 0.001523 },
  ],
  'nginx with $request_time': [
    '127.0.0.1 - - [10/Oct/2025:13:55:36 +0000] "GET / HTTP/1.1" 200 45 "-" "curl/7.88.1" 0.042 "203.0.113.9"',
    { sourceIp: '127.0.0.1', durationSeconds: 0.042 },
  ],
  'Traefik CLF': [
    '10.42.0.1 - - [15/Mar/2025:09:12:44 +0000] "GET /api?x=1 HTTP/2.0" 404 19 "-" "-" 4312 "web@docker" "http://172.18.0.3:80" 3ms',
    { target: '/api?x=1', status: 404, durationSeconds: 0.003 },
  ],
  'ingress-nginx': [
    '192.168.65.3 - - [11/Apr/2025:18:22:01 +0000] "GET /login HTTP/1.1" 200 2047 "https://example.com/" "Mozilla/5.0" 421 0.006 [default-web-80] [] 10.1.0.15:8080 2047 0.006 200 a3f5c1d2e4b6978877665544332211ff',
    { target: '/login', referer: 'https://example.com/', durationSeconds: 0.006 },
  ],
  'nginx JSON': [
    '{"time_local":"10/Oct/2025:13:55:36 +0000","remote_addr":"203.0.113.7","request":"GET /s?q=\\"a\\" HTTP/1.1","status": "404","body_bytes_sent":"153","http_referer":"","http_user_agent":"Mozilla/5.0","request_time":"0.001","host":"shop.example"}',
    {
      sourceIp: '203.0.113.7',
      target: '/s?q="a"',
      status: 404,
      bytes: 153,
      host: 'shop.example',
      durationSeconds: 0.001,
    },
  ],
  'nginx JSON with parts, without escape=json': [
    '{"@timestamp":"2025-10-10T13:55:36+02:00","remote_addr":"203.0.113.7","request_method":"POST","uri":"/a\\x22","args":"b=1","status":200,"bytes_sent":10}',
    { method: 'POST', target: '/a"?b=1', timestampMs: at('2025-10-10T11:55:36Z') },
  ],
  Caddy: [
    '{"level":"info","ts":1646861401.5241024,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"127.0.0.1","remote_port":"41342","client_ip":"203.0.113.9","proto":"HTTP/2.0","method":"GET","host":"localhost","uri":"/a?b=\\u003cscript\\u003e","headers":{"User-Agent":["curl/7.82.0"],"Referer":["https://ref.example/"]}},"bytes_read":0,"user_id":"","duration":0.000929675,"size":10900,"status":200}',
    {
      timestampMs: 1_646_861_401_524,
      sourceIp: '203.0.113.9',
      target: '/a?b=<script>',
      protocol: 'HTTP/2.0',
      userAgent: 'curl/7.82.0',
      referer: 'https://ref.example/',
      durationSeconds: 0.000929675,
      bytes: 10_900,
    },
  ],
  'Traefik JSON': [
    '{"ClientAddr":"10.0.0.5:51234","ClientHost":"10.0.0.5","ClientUsername":"-","DownstreamContentSize":19,"DownstreamStatus":404,"Duration":120340,"RequestHost":"app.example","RequestMethod":"GET","RequestPath":"/.env","RequestProtocol":"HTTP/1.1","StartUTC":"2025-03-15T09:12:44.123456789Z","request_User-Agent":"Go-http-client/1.1","level":"info","time":"2025-03-15T09:12:44Z"}',
    {
      sourceIp: '10.0.0.5',
      target: '/.env',
      status: 404,
      userAgent: 'Go-http-client/1.1',
      timestampMs: at('2025-03-15T09:12:44.123Z'),
    },
  ],
  'pino-http': [
    '{"level":30,"time":1741943564123,"pid":1,"hostname":"h","req":{"id":1,"method":"GET","url":"/x?y","query":{},"headers":{"host":"app.example","user-agent":"UA","referer":"https://ref.example/"},"remoteAddress":"10.9.8.7","remotePort":64386},"res":{"statusCode":404,"headers":{"content-length":"7"}},"responseTime":250,"msg":"request completed"}',
    {
      sourceIp: '10.9.8.7',
      target: '/x?y',
      status: 404,
      bytes: 7,
      userAgent: 'UA',
      referer: 'https://ref.example/',
      host: 'app.example',
      durationSeconds: 0.25,
      timestampMs: 1_741_943_564_123,
    },
  ],
  Kong: [
    '{"response":{"size":9982,"headers":{"via":"1.1 kong/3.8.0.0"},"status":404},"client_ip":"10.9.8.7","request":{"headers":{"user-agent":"UA","host":"app.example"},"uri":"/x?y","size":139,"method":"GET","querystring":{},"url":"http://app.example/x?y"},"started_at":1741943564123,"upstream_status":"404","latencies":{"kong":1,"proxy":171,"request":250}}',
    {
      sourceIp: '10.9.8.7',
      method: 'GET',
      target: '/x?y',
      status: 404,
      bytes: 9982,
      userAgent: 'UA',
      host: 'app.example',
      durationSeconds: 0.25,
      timestampMs: 1_741_943_564_123,
    },
  ],
  'Elastic Common Schema': [
    '{"@timestamp":"2025-03-15T09:12:44.000Z","source":{"ip":"10.9.8.7"},"http":{"request":{"method":"GET"},"response":{"status_code":200,"body":{"bytes":7}}},"url":{"original":"/x?y"},"user_agent":{"original":"UA"}}',
    { sourceIp: '10.9.8.7', target: '/x?y', bytes: 7, userAgent: 'UA' },
  ],
  Envoy: [
    '[2016-04-15T20:17:00.310Z] "POST /api/v1/locations HTTP/2" 204 - 154 17 226 100 "10.0.35.28, 10.0.0.1" "nsq2http" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "locations" "tcp://10.0.2.1:80"',
    {
      sourceIp: '10.0.35.28',
      method: 'POST',
      status: 204,
      bytes: 17,
      userAgent: 'nsq2http',
      host: 'locations',
      durationSeconds: 0.226,
    },
  ],
  Istio: [
    '[2020-11-25T21:26:18.409Z] "GET /status/418 HTTP/1.1" 418 - via_upstream - "-" 0 135 3 1 "-" "curl/7.73.0-DEV" "84961386-6d84-929d-98bd-c5aee93b5c88" "httpbin:8000" "127.0.0.1:80" inbound|8000|| 127.0.0.1:41854 10.44.1.27:80 10.44.1.23:37652 outbound_.8000_._.httpbin.foo.svc.cluster.local default',
    { sourceIp: '10.44.1.23', status: 418, bytes: 135, userAgent: 'curl/7.73.0-DEV', host: 'httpbin:8000' },
  ],
  'HAProxy behind syslog': [
    'Feb  6 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html?a=#22b HTTP/1.1"',
    {
      sourceIp: '10.0.1.2',
      status: 200,
      bytes: 2750,
      target: '/index.html?a="b',
      timestampMs: at('2009-02-06T12:14:14.655Z'),
    },
  ],
  'HAProxy with captured headers': [
    '10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {shop.example:8080|Mozilla/5.0 (X11) #7Bx#7D|https://a.example/?b=1|17} {text/html} "GET / HTTP/1.1"',
    { host: 'shop.example:8080', userAgent: 'Mozilla/5.0 (X11) {x}', referer: 'https://a.example/?b=1' },
  ],
  'HAProxy, bad request': [
    '10.0.1.2:33318 [06/Feb/2009:12:14:14.655] http-in http-in/<NOSRV> -1/-1/-1/-1/+50001 408 +2750 - - cR-- 2/2/2/0/+2 0/0 "<BADREQ>"',
    { method: '-', target: '<BADREQ>', status: 408 },
  ],
  'ingress-nginx JSON': [
    '{"time": "2026-03-02T00:00:21+00:00", "remote_addr": "", "x-forward-for": "203.0.113.9", "request_id": "a", "remote_user": "", "bytes_sent": 300, "request_time": 0.1, "status": 200, "vhost": "shop.example", "request_proto": "HTTP/1.1", "path": "/items", "request_query": "id=1%27", "request_length": 100, "duration": 0.1,"method": "GET", "http_referrer": "", "http_user_agent": "Mozilla/5.0" }',
    { sourceIp: '203.0.113.9', target: '/items?id=1%27', protocol: 'HTTP/1.1', host: 'shop.example' },
  ],
  'Apache JSON with the request in parts': [
    '{ "time":"[02/Mar/2026:01:00:21 +0100]", "process":"12", "filename":"/var/www/x", "remoteIP":"203.0.113.9", "host":"a.example", "request":"/items", "query":"?id=1%27", "method":"GET", "status":"200", "userAgent":"Mozilla/5.0", "referer":"-" }',
    { sourceIp: '203.0.113.9', method: 'GET', target: '/items?id=1%27', timestampMs: at('2026-03-02T00:00:21Z') },
  ],
  'Google Cloud load balancing': [
    '{"httpRequest":{"cacheLookup":true,"latency":"0.123s","protocol":"HTTP/1.1","referer":"https://ref.example/","remoteIp":"203.0.113.9","requestMethod":"GET","requestSize":"100","requestUrl":"https://shop.example:443/items?id=1%27","responseSize":"512","serverIp":"10.0.0.2","status":404,"userAgent":"Mozilla/5.0"},"insertId":"a","timestamp":"2026-03-02T00:00:21.123456Z"}',
    {
      sourceIp: '203.0.113.9',
      method: 'GET',
      target: '/items?id=1%27',
      host: 'shop.example:443',
      status: 404,
      bytes: 512,
      userAgent: 'Mozilla/5.0',
      referer: 'https://ref.example/',
    },
  ],
  'Cloudflare Logpush': [
    '{"ClientIP":"203.0.113.9","ClientRequestHost":"shop.example","ClientRequestMethod":"GET","ClientRequestURI":"/items?id=1%27","ClientRequestProtocol":"HTTP/2","ClientRequestReferer":"https://ref.example/","ClientRequestUserAgent":"Mozilla/5.0","EdgeEndTimestamp":"2026-03-02T00:00:22Z","EdgeResponseBytes":100,"EdgeResponseStatus":404,"EdgeStartTimestamp":"2026-03-02T00:00:21Z","RayID":"a"}',
    {
      sourceIp: '203.0.113.9',
      method: 'GET',
      target: '/items?id=1%27',
      host: 'shop.example',
      status: 404,
      bytes: 100,
      userAgent: 'Mozilla/5.0',
      referer: 'https://ref.example/',
      timestampMs: at('2026-03-02T00:00:21Z'),
    },
  ],
  'Azure Application Gateway': [
    '{"timeStamp":"2026-03-02T00:00:21+00:00","resourceId":"/x","category":"ApplicationGatewayAccessLog","properties":{"clientIP":"203.0.113.9","clientPort":123,"httpMethod":"GET","requestUri":"/items","requestQuery":"id=1%27","userAgent":"Mozilla/5.0","httpStatus":"404","httpVersion":"HTTP/1.1","sentBytes":512,"host":"shop.example"}}',
    { sourceIp: '203.0.113.9', method: 'GET', target: '/items?id=1%27', host: 'shop.example', status: 404, bytes: 512 },
  ],
  'AWS ALB': [
    'h2 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 10.0.1.252:48160 10.0.0.66:9000 0.000 0.002 0.000 200 200 5 257 "GET https://shop.example:443/a?b=1 HTTP/2.0" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337327-72bd00b0343d75b906739c42" "-" "-" 1 2018-07-02T22:22:48.364000Z "redirect" "https://example.com:80/" "-" 10.0.0.66:9000 200 "-" "-"',
    {
      sourceIp: '10.0.1.252',
      target: '/a?b=1',
      host: 'shop.example:443',
      status: 200,
      bytes: 257,
      userAgent: 'curl/7.46.0',
    },
  ],
  'AWS ELB, the classic one': [
    '2015-05-13T23:39:43.945958Z my-loadbalancer 203.0.113.5:2817 10.0.0.1:80 0.000073 0.001048 0.000057 404 200 0 29 "GET http://www.example.com:80/a?b=1 HTTP/1.1" "curl/7.38.0" - -',
    {
      timestampMs: at('2015-05-13T23:39:43.945Z'),
      sourceIp: '203.0.113.5',
      target: '/a?b=1',
      host: 'www.example.com:80',
      status: 404,
      bytes: 29,
      userAgent: 'curl/7.38.0',
      durationSeconds: 0.001048,
    },
  ],
  IIS: [
    '2026-03-02 00:00:21 10.0.0.5 GET /items id=1%27 443 CORP\\\\bob 203.0.113.9 Mozilla/5.0+(Windows+NT+10.0) https://ref.example/ 404 0 2 15',
    {
      timestampMs: at('2026-03-02T00:00:21Z'),
      sourceIp: '203.0.113.9',
      method: 'GET',
      target: '/items?id=1%27',
      status: 404,
      userAgent: 'Mozilla/5.0 (Windows NT 10.0)',
      durationSeconds: 0.015,
    },
  ],
  'IIS before 8': [
    '2026-03-02 00:00:21 10.0.0.5 GET /items id=1%27 443 - 203.0.113.9 Mozilla/5.0+(Windows+NT+10.0) 404 0 2 15',
    { sourceIp: '203.0.113.9', target: '/items?id=1%27', status: 404, userAgent: 'Mozilla/5.0 (Windows NT 10.0)' },
  ],
  'IIS before 7': [
    '2026-03-02 00:00:21 W3SVC1 10.0.0.5 GET /items id=1%27 80 - 203.0.113.9 Mozilla/4.0+(compatible) 404 0 2',
    { sourceIp: '203.0.113.9', target: '/items?id=1%27', status: 404, userAgent: 'Mozilla/4.0 (compatible)' },
  ],
  'IIS with every field': [
    '2026-03-02 00:00:21 W3SVC1 WEB1 10.0.0.5 GET /items id=1%27 443 bob 203.0.113.9 HTTP/1.1 Mozilla/5.0+(X11) a=b https://ref.example/ shop.example 404 0 2 1234 321 15',
    {
      sourceIp: '203.0.113.9',
      target: '/items?id=1%27',
      protocol: 'HTTP/1.1',
      host: 'shop.example',
      remoteUser: 'bob',
      referer: 'https://ref.example/',
      status: 404,
      bytes: 1234,
      durationSeconds: 0.015,
    },
  ],
  "Azure's App Service": [
    '2026-03-02 00:00:21 MYSITE GET /items id=1%27&X-ARR-LOG-ID=f5 443 - 203.0.113.9 Mozilla/5.0+(X11) - https://ref.example/ mysite.azurewebsites.net 404 0 2 1234 321 15',
    {
      sourceIp: '203.0.113.9',
      target: '/items?id=1%27&X-ARR-LOG-ID=f5',
      host: 'mysite.azurewebsites.net',
      referer: 'https://ref.example/',
      status: 404,
      bytes: 1234,
    },
  ],
  // As it was sent: /items%20a?id=1%27%2520, from "Mozilla/5.0 (X11) (+https://bot.example)".
  CloudFront: [
    '2019-12-04\t21:02:31\tLAX1\t392\t203.0.113.9\tGET\td111111abcdef8.cloudfront.net\t/items%2520a\t200\thttps://ref.example/?a=1%252B1\tMozilla/5.0%20(X11)%20(+https://bot.example)\tid=1%2527%252520\t-\tHit\tSOX4==\tshop.example\thttps\t23\t0.001\t-\tTLSv1.2\tECDHE\tHit\tHTTP/2.0\t-\t-\t11040\t0.001\tHit\ttext/html\t78\t-\t-',
    {
      timestampMs: at('2019-12-04T21:02:31Z'),
      sourceIp: '203.0.113.9',
      target: '/items%20a?id=1%27%2520',
      host: 'shop.example',
      status: 200,
      bytes: 392,
      referer: 'https://ref.example/?a=1%2B1',
      userAgent: 'Mozilla/5.0 (X11) (+https://bot.example)',
      durationSeconds: 0.001,
    },
  ],
  'CloudFront, as it was in 2014': [
    '2014-05-23\t01:13:11\tFRA2\t182\t192.0.2.10\tGET\td111111abcdef8.cloudfront.net\t/view/my/file.html\t200\twww.displaymyfiles.com\tMozilla/4.0%20(compatible;%20MSIE%205.0b1;%20Mac_PowerPC)\tzip=98101\t-\tRefreshHit\tMRVMF7KydIvxMWfJIglgwHQwZsbG2IhRJ07sn9AkKUFSHS9EXAMPLE==\td111111abcdef8.cloudfront.net\thttp\t-\t0.001',
    {
      sourceIp: '192.0.2.10',
      target: '/view/my/file.html?zip=98101',
      userAgent: 'Mozilla/4.0 (compatible; MSIE 5.0b1; Mac_PowerPC)',
    },
  ],
  'Kubernetes CRI around combined': [
    '2026-03-02T00:00:21.123456789Z stdout F 203.0.113.5 - - [02/Mar/2026:00:00:21 +0000] "GET /k8s HTTP/1.1" 200 5 "-" "x"',
    { sourceIp: '203.0.113.5', target: '/k8s' },
  ],
  'Kubernetes CRI, first piece of a long line': [
    '2026-03-02T00:00:21.123456789Z stdout P 203.0.113.5 - - [02/Mar/2026:00:00:21 +0000] "GET /k8s HTTP/1.1" 200 5 "-" "long ag',
    { sourceIp: '203.0.113.5', userAgent: 'long ag' },
  ],
  'Kubernetes CRI around JSON': [
    '2026-03-02T00:00:21.123456789Z stderr F {"ts":1646861401.5,"remote_addr":"203.0.113.5","method":"GET","path":"/j","status":200}',
    { sourceIp: '203.0.113.5', target: '/j' },
  ],
  'Docker json-file': [
    '{"log":"203.0.113.5 - - [02/Mar/2026:00:00:21 +0000] \\"GET /d\\u0026e HTTP/1.1\\" 200 5 \\"-\\" \\"caf\\u00e9\\"\\n","stream":"stdout","time":"2026-03-02T00:00:21.1Z"}',
    { sourceIp: '203.0.113.5', target: '/d&e', userAgent: 'caf\u00c3\u00a9' },
  ],
  'syslog of nginx': [
    '<190>Mar  2 00:00:21 web1 nginx: 203.0.113.5 - - [02/Mar/2026:00:00:21 +0000] "GET /s HTTP/1.1" 200 5 "-" "x"',
    { sourceIp: '203.0.113.5', target: '/s' },
  ],
  'combined in quotes': [
    '"203.0.113.5 - - [02/Mar/2026:00:00:21 +0000] "GET /q HTTP/1.1" 200 5 "-" "x""',
    { sourceIp: '203.0.113.5', target: '/q', userAgent: 'x' },
  ],
  'combined in a column of CSV': [
    '"203.0.113.5 - - [02/Mar/2026:00:00:21 +0000] ""GET /q HTTP/1.1"" 200 5 ""-"" ""x"""',
    { sourceIp: '203.0.113.5', target: '/q', userAgent: 'x' },
  ],
  'combined behind a byte order mark': [
    '\u00ef\u00bb\u00bf203.0.113.5 - - [02/Mar/2026:00:00:21 +0000] "GET /s HTTP/1.1" 200 5 "-" "x"',
    { sourceIp: '203.0.113.5', target: '/s' },
  ],
  'JSON behind a byte order mark': [
    '\u00ef\u00bb\u00bf{"ts":1646861401.5,"remote_addr":"203.0.113.5","method":"GET","path":"/j","status":200}',
    { sourceIp: '203.0.113.5', target: '/j' },
  ],
  S3: [
    '79a59df900b949e55d96a1e698fbaced bucket1 [02/Mar/2026:00:00:21 +0000] 203.0.113.5 - 3E57427F3EXAMPLE WEBSITE.GET.OBJECT .env "GET /.env?a HTTP/1.1" 404 NoSuchKey 113 - 70 10 "https://ref.example/" "agent" - s9lzHYrFp76ZVxRcpX9= - ECDHE-RSA-AES128-GCM-SHA256 - bucket1.s3-website.example TLSv1.2 - -',
    {
      sourceIp: '203.0.113.5',
      target: '/.env?a',
      status: 404,
      bytes: 113,
      referer: 'https://ref.example/',
      userAgent: 'agent',
      durationSeconds: 0.07,
    },
  ],
  'Cloud Storage': [
    '"1772409621000000","203.0.113.5","1","","GET","/bucket/a?b=1","404","0","123","45000","storage.googleapis.com","https://ref.example/","curl/7","AE","GET_Object","bucket","a"',
    {
      timestampMs: at('2026-03-02T00:00:21Z'),
      sourceIp: '203.0.113.5',
      target: '/bucket/a?b=1',
      status: 404,
      bytes: 123,
      host: 'storage.googleapis.com',
      referer: 'https://ref.example/',
      userAgent: 'curl/7',
      durationSeconds: 0.045,
    },
  ],
  Squid: [
    '1286536308.779    180 192.168.0.224 TCP_MISS/404 411 GET http://shop.example/a?b=1 bob HIER_DIRECT/10.0.0.1 text/html',
    {
      timestampMs: at('2010-10-08T11:11:48.779Z'),
      sourceIp: '192.168.0.224',
      method: 'GET',
      target: '/a?b=1',
      host: 'shop.example',
      status: 404,
      bytes: 411,
      remoteUser: 'bob',
      durationSeconds: 0.18,
    },
  ],
  NPMplus: [
    '[02/Mar/2026:00:00:21 +0000] shop.example 203.0.113.5 0.012 "GET /a?b=\\x22 HTTP/1.1" 404 150 300 - Mozilla/5.0 (X11) x',
    { sourceIp: '203.0.113.5', target: '/a?b="', host: 'shop.example', bytes: 150, userAgent: 'Mozilla/5.0 (X11) x' },
  ],
  gin: [
    '[GIN] 2026/03/02 - 00:00:21 | 404 |      13.977\u00c2\u00b5s |     203.0.113.5 | GET      "/a?b=\\"1\\""',
    { timestampMs: at('2026-03-02T00:00:21Z'), sourceIp: '203.0.113.5', target: '/a?b="1"', status: 404 },
  ],
  chi: [
    '2026/03/02 00:00:21 [web/8iP1Cxvdtb-000001] "GET http://shop.example/a?b=1 HTTP/1.1" from 203.0.113.5:50000 - 404 4B in 20.1\u00c2\u00b5s',
    {
      timestampMs: at('2026-03-02T00:00:21Z'),
      sourceIp: '203.0.113.5',
      target: '/a?b=1',
      host: 'shop.example',
      bytes: 4,
    },
  ],
  Rails: [
    'I, [2026-03-02T00:00:21.123456 #1234]  INFO -- : [8601b555-6a83] Started GET "/a?b=1" for 203.0.113.5 at 2026-03-02 01:00:21 +0100',
    { timestampMs: at('2026-03-02T00:00:21Z'), sourceIp: '203.0.113.5', method: 'GET', target: '/a?b=1', status: 0 },
  ],
  "Heroku's router": [
    '<158>1 2026-03-02T00:00:21.000000+00:00 host heroku router - at=info method=GET path="/a?b=1" host=shop.example request_id=8601b555 fwd="10.9.9.9, 203.0.113.5" dyno=web.1 connect=1ms service=18ms status=404 bytes=13 protocol=https',
    {
      timestampMs: at('2026-03-02T00:00:21Z'),
      sourceIp: '203.0.113.5',
      target: '/a?b=1',
      host: 'shop.example',
      status: 404,
      bytes: 13,
    },
  ],
  'heroku logs of the router': [
    '2026-03-02T00:00:21.515030+00:00 heroku[router]: at=error code=H12 desc="Request timeout" method=GET path="/a" host=shop.example fwd=203.0.113.5 dyno=web.1 status=503 bytes=0',
    { sourceIp: '203.0.113.5', target: '/a', status: 503 },
  ],
  'logfmt of Grafana': [
    'logger=context userId=0 t=2026-03-02T00:00:21.123Z level=info msg="Request Completed" method=GET path=/a?b=1 status=404 remote_addr=203.0.113.5 size=24 referer= handler=notfound',
    { timestampMs: at('2026-03-02T00:00:21.123Z'), sourceIp: '203.0.113.5', target: '/a?b=1', status: 404, bytes: 24 },
  ],
  'uvicorn in Kubernetes': [
    '2026-03-02T00:00:21.123456789Z stdout F INFO:     203.0.113.5:51802 - "GET /a?b="1" HTTP/1.1" 404 Not Found',
    { timestampMs: at('2026-03-02T00:00:21.123Z'), sourceIp: '203.0.113.5', target: '/a?b="1"', status: 404 },
  ],
  'uvicorn in colours': [
    '2026-03-02T00:00:21.1Z \u001b[32mINFO\u001b[0m:     203.0.113.5:51802 - "\u001b[1mGET /a HTTP/1.1\u001b[0m" \u001b[32m200 OK\u001b[0m',
    { sourceIp: '203.0.113.5', target: '/a', status: 200 },
  ],
  'JSON of lograge in Kubernetes': [
    '2026-03-02T00:00:21.123456789Z stdout F {"method":"GET","path":"/a","format":"html","controller":"A","status":404,"duration":1.2}',
    { timestampMs: at('2026-03-02T00:00:21.123Z'), sourceIp: '-', target: '/a', status: 404 },
  ],
  aiohttp: [
    'INFO:aiohttp.access:203.0.113.5 [02/Mar/2026:00:00:21 +0000] "GET /a?b=1 HTTP/1.1" 404 173 "https://ref.example/?a="b"" "Mozilla/5.0 (X11; "x") y"',
    { sourceIp: '203.0.113.5', target: '/a?b=1', status: 404, bytes: 173, userAgent: 'Mozilla/5.0 (X11; "x") y' },
  ],
  lighttpd: [
    '203.0.113.5 shop.example bob [02/Mar/2026:00:00:21 +0000] "GET /a HTTP/1.1" 404 341 "-" "x"',
    { sourceIp: '203.0.113.5', host: 'shop.example', remoteUser: 'bob', target: '/a' },
  ],
  // As nginx with $host first logs what it refuses: the host is empty.
  'vhost_combined without a host': [
    ' 203.0.113.5 - - [02/Mar/2026:00:00:21 +0000] "GET /a/../../etc/passwd HTTP/1.1" 400 157 "-" "-"',
    { sourceIp: '203.0.113.5', host: '', target: '/a/../../etc/passwd', status: 400 },
  ],
  'Nginx Proxy Manager': [
    '[02/Mar/2026:00:00:21 +0000] - 404 404 - GET https app.example "/a?b=\\x22" [Client 203.0.113.5] [Length 192] [Gzip 3.10] [Sent-to 10.0.0.7] "agent" "https://app.example/"',
    { sourceIp: '203.0.113.5', target: '/a?b="', status: 404, userAgent: 'agent', referer: 'https://app.example/' },
  ],
  'Nginx Proxy Manager, of a host that it does not proxy': [
    '[02/Mar/2026:00:00:21 +0000] 444 - GET http 198.51.100.4 "/.env" [Client 2001:db8::5] [Length 0] [Gzip -] "agent" "-"',
    { sourceIp: '2001:db8::5', target: '/.env', status: 444, host: '198.51.100.4' },
  ],
  'syslog, RFC 5424': [
    '<190>1 2026-03-02T00:00:21Z web1 nginx 123 - - 203.0.113.5 - - [02/Mar/2026:00:00:21 +0000] "GET /s HTTP/1.1" 200 5 "-" "x"',
    { sourceIp: '203.0.113.5', target: '/s' },
  ],
  "Squid's common": [
    '203.0.113.5 - - [02/Mar/2026:00:00:21 +0000] "GET http://shop.example/a?b=c HTTP/1.1" 404 181 TCP_MISS:FIRSTUP_PARENT',
    { sourceIp: '203.0.113.5', host: 'shop.example', target: '/a?b=c', status: 404 },
  ],
  "Squid's combined": [
    '203.0.113.5 - - [02/Mar/2026:00:00:21 +0000] "GET http://shop.example/a HTTP/1.1" 404 181 "-" "x" NONE_NONE:HIER_NONE',
    { sourceIp: '203.0.113.5', host: 'shop.example', target: '/a', userAgent: 'x' },
  ],
  "HAProxy's CLF": [
    '<134>Mar  2 00:00:21 lb haproxy[17]: 203.0.113.5 - - [02/Mar/2026:00:00:21 +0000] "GET /a?q=#22x HTTP/1.1" 404 73 "" "" 44638 921 "in" "in" "<NOSRV>" 0 -1 -1 -1 12 LR-- 1 1 0 0 0 0 0 "" "" "a#22b (x)" "http://h.example/#22x" "shop.example"',
    {
      sourceIp: '203.0.113.5',
      host: 'shop.example',
      target: '/a?q="x',
      status: 404,
      referer: 'http://h.example/"x',
      userAgent: 'a"b (x)',
      durationSeconds: 0.012,
    },
  ],
  "HAProxy's CLF without captured headers": [
    '203.0.113.5 - - [02/Mar/2026:00:00:21 +0000] "GET /a HTTP/1.1" 404 73 "" "" 44638 921 "in" "web" "s1" 0 0 1 2 3 ---- 1 1 0 0 0 0 0 "" ""',
    { sourceIp: '203.0.113.5', target: '/a', userAgent: '', durationSeconds: 0.003 },
  ],
  uWSGI: [
    '[pid: 27|app: 0|req: 3/9] 203.0.113.5 (ann) {26 vars in 339 bytes} [Mon Mar  2 00:00:21 2026] GET /a?b="1 => generated 3 bytes in 4 msecs (HTTP/1.1 404) 1 headers in 45 bytes (1 switches on core 0)',
    { sourceIp: '203.0.113.5', remoteUser: 'ann', target: '/a?b="1', protocol: 'HTTP/1.1', status: 404, bytes: 3 },
  ],
  'PHP-FPM': [
    '203.0.113.5 -  02/Mar/2026:00:00:21 +0000 "GET /a.php" 404',
    { sourceIp: '203.0.113.5', remoteUser: '', method: 'GET', target: '/a.php', status: 404 },
  ],
  'PHP-FPM with query, file and resources': [
    '203.0.113.5 - a b" [x] 02/Mar/2026:00:00:21 +0000 "GET /a.php?b="1" 404 /srv/a.php 1.2 2048 8.00%',
    { sourceIp: '203.0.113.5', remoteUser: 'a b" [x]', target: '/a.php?b="1', status: 404 },
  ],
  'grep -H': [
    '/var/log/nginx/access.log.1:203.0.113.5 - - [02/Mar/2026:00:00:21 +0000] "GET /a HTTP/1.1" 404 341 "-" "x"',
    { sourceIp: '203.0.113.5', target: '/a', status: 404 },
  ],
  'grep -n, of hosts': [
    'other_vhosts_access.log:17:shop.example:443 2001:db8::5 - - [02/Mar/2026:00:00:21 +0000] "GET /a HTTP/1.1" 404 341 "-" "x"',
    { sourceIp: '2001:db8::5', host: 'shop.example:443', target: '/a', status: 404 },
  ],
  "Caddy's console": [
    '2026/03/02 00:00:21.123\t\u001b[34mINFO\u001b[0m\thttp.log.access.log1\thandled request\t{"request": {"remote_ip": "203.0.113.5", "method": "GET", "host": "shop.example", "uri": "/a?b=c", "headers": {"User-Agent": ["x"]}}, "duration": 0.1, "status": 404}',
    {
      timestampMs: at('2026-03-02T00:00:21.123Z'),
      sourceIp: '203.0.113.5',
      target: '/a?b=c',
      status: 404,
      userAgent: 'x',
    },
  ],
};
