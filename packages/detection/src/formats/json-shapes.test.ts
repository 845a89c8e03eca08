import * as fc from 'fast-check';
import type { ParsedRequest } from '@vigil/shared/contracts';
import { expect, test } from 'vitest';
import { createLineParser } from './line-parser.ts';

/** The request that all of the lines are of, as far as their writers tell it. */
const REQUEST = {
  timestampMs: Date.parse('2026-03-02T00:00:21Z'),
  sourceIp: '203.0.113.9',
  method: 'GET',
  target: '/items?id=1%27',
  status: 404,
  referer: 'https://ref.example/',
  userAgent: 'curl/7',
  host: 'shop.example',
};

/** A line of each writer as its documentation shows it, and what it does not tell or tells otherwise. */
const LINES: Record<string, [line: string, otherwise?: Partial<ParsedRequest>]> = {
  'AWS WAF': [
    '{"timestamp":1772409621000,"formatVersion":1,"webaclId":"arn:aws:wafv2","terminatingRuleId":"Default_Action","action":"ALLOW","httpSourceName":"ALB","ruleGroupList":[],"httpRequest":{"clientIp":"203.0.113.9","country":"US","headers":[{"name":"Host","value":"shop.example"},{"name":"User-Agent","value":"curl/7"},{"name":"referer","value":"https://ref.example/"}],"uri":"/items","args":"id=1%27","httpVersion":"HTTP/1.1","httpMethod":"GET","requestId":"Ed0AiHF_CGYF-DA="}}',
    { status: 0 },
  ],
  'Azure Front Door': [
    '{"time":"2026-03-02T00:00:21.0000000Z","category":"FrontDoorAccessLog","operationName":"Microsoft.Cdn/Profiles/AccessLog/Write","properties":{"trackingReference":"0x","httpMethod":"GET","httpVersion":"2.0.0.0","requestUri":"https://shop.example:443/items?id=1%27","responseBytes":"1000","userAgent":"curl/7","clientIp":"203.0.113.9","socketIp":"10.0.0.9","httpStatusCode":"404","referer":"https://ref.example/","hostName":"shop.example"}}',
    { host: 'shop.example:443', bytes: 1000 },
  ],
  "Azure's App Service": [
    String.raw`{"time":"2026-03-02T00:00:21.0000000Z","category":"AppServiceHTTPLogs","properties":"{\"CsHost\":\"shop.example\",\"CIp\":\"203.0.113.9\",\"SPort\":\"443\",\"CsUriStem\":\"\/items\",\"CsUriQuery\":\"id=1%27\",\"CsMethod\":\"GET\",\"TimeTaken\":10,\"ScStatus\":\"404\",\"ScBytes\":\"10\",\"UserAgent\":\"curl/7\",\"Referer\":\"https://ref.example/\"}"}`,
    { bytes: 10 },
  ],
  'ModSecurity 3': [
    '{"transaction":{"client_ip":"203.0.113.9","time_stamp":"Mon Mar  2 00:00:21 2026","server_id":"x","host_ip":"10.0.0.1","request":{"method":"GET","http_version":1.1,"uri":"/items?id=1%27","headers":{"Host":"shop.example","User-Agent":"curl/7","Referer":"https://ref.example/"}},"response":{"body":"","http_code":404,"headers":{}},"producer":{"modsecurity":"ModSecurity v3.0.8"},"messages":[]}}',
  ],
  'ModSecurity 2': [
    '{"transaction":{"time":"02/Mar/2026:00:00:21 +0000","transaction_id":"x","remote_address":"203.0.113.9","local_address":"10.0.0.1"},"request":{"request_line":"GET /items?id=1%27 HTTP/1.1","headers":{"Host":"shop.example","User-Agent":"curl/7","Referer":"https://ref.example/"}},"response":{"protocol":"HTTP/1.1","status":404,"headers":{}},"audit_data":{}}',
  ],
  Coraza: [
    '{"transaction":{"timestamp":"2026/03/02 00:00:21","unix_timestamp":1772409621000000000,"id":"x","client_ip":"203.0.113.9","server_id":"shop.example","request":{"method":"GET","protocol":"HTTP/1.1","uri":"/items?id=1%27","headers":{"host":["shop.example"],"user-agent":["curl/7"],"referer":["https://ref.example/"]},"body":""},"response":{"protocol":"","status":404,"headers":{}},"is_interrupted":true},"messages":[]}',
  ],
  Tomcat: [
    String.raw`{"host":"203.0.113.9","logicalUserName":"-","user":"-","time":"[02/Mar/2026:00:00:21 +0000]","request":"GET /items?id=1%27 HTTP/1.1","statusCode":"404","size":"763","requestHeaders": {"Referer":"https://ref.example/","User-Agent":"curl/7"}}`,
    { host: '', bytes: 763 },
  ],
  Vercel: [
    '{"id":"1","message":"","timestamp":1772409621500,"type":"response","source":"static","host":"shop.example","path":"items","statusCode":404,"proxy":{"timestamp":1772409621000,"method":"GET","host":"shop.example","path":"/items?id=1%27","userAgent":["curl/7"],"referer":"https://ref.example/","statusCode":404,"clientIp":"203.0.113.9","scheme":"https"}}',
  ],
  Netlify: [
    '{"log_type":"traffic","timestamp":"2026-03-02T00:00:21.000Z","account_id":"x","method":"GET","url":"https://shop.example/items?id=1%27","status_code":404,"referrer":"https://ref.example/","user_agent":"curl/7","client_ip":"203.0.113.9","duration":10}',
  ],
  'Akamai DataStream 2': [
    '{"version":"2","streamId":"1","cp":"123456","reqTimeSec":"1772409621.000","bytes":"4995","cliIP":"203.0.113.9","statusCode":"404","proto":"HTTPS","reqHost":"shop.example","reqMethod":"GET","reqPath":"/items","queryStr":"id=1%27","UA":"Mozilla%2F5.0%20(X11)%20100%25","referer":"https%3A%2F%2Fref.example%2F"}',
    { userAgent: 'Mozilla/5.0 (X11) 100%', bytes: 4995 },
  ],
  'CloudFront, as JSON': [
    '{"date":"2026-03-02","time":"00:00:21","x-edge-location":"LAX1","sc-bytes":"392","c-ip":"203.0.113.9","cs-method":"GET","cs(Host)":"d1.cloudfront.net","cs-uri-stem":"/items","sc-status":"404","cs(Referer)":"https://ref.example/","cs(User-Agent)":"curl/7%20(+x)","cs-uri-query":"id=1%2527","x-host-header":"shop.example"}',
    { userAgent: 'curl/7 (+x)', bytes: 392 },
  ],
  'AWS API Gateway': [
    '{"requestId":"a","ip":"203.0.113.9","caller":"-","user":"-","requestTime":"02/Mar/2026:00:00:21 +0000","httpMethod":"GET","resourcePath":"/items","status":"404","protocol":"HTTP/1.1","responseLength":"10"}',
    { target: '/items', bytes: 10, referer: '', userAgent: '', host: '' },
  ],
  Fastly: [
    '{"timestamp":"2026-03-02T00:00:21+0000","client_ip":"203.0.113.9","geo_country":"x","host":"shop.example","url":"/items?id=1%27","request_method":"GET","request_protocol":"HTTP/1.1","request_referer":"https://ref.example/","request_user_agent":"curl/7","response_state":"MISS","response_status":404,"response_body_size":123}',
    { bytes: 123, protocol: 'HTTP/1.1' },
  ],
  'Logback access': [
    String.raw`{"@timestamp":"2026-03-02T00:00:21.000Z","@version":"1","message":"203.0.113.9 - - [2026-03-02T00:00:21.000Z] \"GET /items?id=1%27 HTTP/1.1\" 404 10","method":"GET","protocol":"HTTP/1.1","status_code":404,"requested_url":"GET /items?id=1%27 HTTP/1.1","requested_uri":"/items","remote_host":"203.0.113.9","content_length":10,"elapsed_time":5}`,
    { bytes: 10, referer: '', userAgent: '', host: '' },
  ],
  Serilog: [
    '{"@t":"2026-03-02T00:00:21.0000000Z","@mt":"HTTP {RequestMethod} {RequestPath} responded {StatusCode}","RequestMethod":"GET","RequestPath":"/items","StatusCode":404,"Elapsed":1.2}',
    { target: '/items', sourceIp: '-', referer: '', userAgent: '', host: '' },
  ],
  'express-winston': [
    '{"level":"info","message":"HTTP GET /items","meta":{"req":{"headers":{"host":"shop.example","user-agent":"curl/7","referer":"https://ref.example/"},"httpVersion":"1.1","method":"GET","originalUrl":"/items?id=1%27","query":{"id":"1\'"},"url":"/items?id=1%27"},"res":{"statusCode":404},"responseTime":0},"timestamp":"2026-03-02T00:00:21.000Z"}',
    { sourceIp: '-' },
  ],
  'Envoy Gateway': [
    '{":authority":"shop.example","bytes_received":0,"bytes_sent":135,"downstream_remote_address":"203.0.113.9:37652","duration":3,"method":"GET","protocol":"HTTP/1.1","response_code":404,"start_time":"2026-03-02T00:00:21.000Z","user-agent":"curl/7","x-envoy-origin-path":"/items?id=1%27","x-forwarded-for":"10.0.0.9"}',
    { bytes: 135, referer: '' },
  ],
  OpenTelemetry: [
    '{"timestamp":"2026-03-02T00:00:21.000Z","http.request.method":"GET","url.path":"/items","url.query":"id=1%27","http.response.status_code":404,"client.address":"203.0.113.9","user_agent.original":"curl/7","server.address":"shop.example"}',
    { referer: '' },
  ],
  'OpenTelemetry before 2023': [
    '{"timestamp":"2026-03-02T00:00:21.000Z","http.method":"GET","http.target":"/items?id=1%27","http.status_code":404,"http.client_ip":"203.0.113.9","http.user_agent":"curl/7","http.host":"shop.example"}',
    { referer: '' },
  ],
  OCSF: [
    '{"class_uid":4002,"time":1772409621000,"http_request":{"http_method":"GET","url":{"hostname":"shop.example","path":"/items","query_string":"id=1%27"},"user_agent":"curl/7","referrer":"https://ref.example/","version":"HTTP/1.1"},"http_response":{"code":404,"length":10},"src_endpoint":{"ip":"203.0.113.9"}}',
    { bytes: 10 },
  ],
  Suricata: [
    '{"timestamp":"2026-03-02T00:00:21.000000+0000","event_type":"http","src_ip":"203.0.113.9","src_port":1234,"dest_ip":"10.0.0.1","http":{"hostname":"shop.example","url":"/items?id=1%27","http_user_agent":"curl/7","http_refer":"https://ref.example/","http_method":"GET","protocol":"HTTP/1.1","status":404,"length":10}}',
    { bytes: 10 },
  ],
  Zeek: [
    '{"ts":1772409621.0,"uid":"C","id.orig_h":"203.0.113.9","id.orig_p":1234,"id.resp_h":"10.0.0.1","id.resp_p":80,"trans_depth":1,"method":"GET","host":"shop.example","uri":"/items?id=1%27","referrer":"https://ref.example/","version":"1.1","user_agent":"curl/7","request_body_len":0,"response_body_len":10,"status_code":404}',
    { bytes: 10 },
  ],
  Echo: [
    '{"time":"2026-03-01T16:00:21-08:00","id":"","remote_ip":"203.0.113.9","host":"shop.example","method":"GET","uri":"/items?id=1%27","user_agent":"curl/7","status":404,"error":"","latency":14743,"bytes_in":0,"bytes_out":2}',
    { bytes: 2, referer: '' },
  ],
  "GitLab's Workhorse": [
    '{"content_type":"text/html","correlation_id":"x","duration_ms":10,"host":"shop.example","level":"info","method":"GET","msg":"access","proto":"HTTP/1.1","referrer":"https://ref.example/","remote_addr":"203.0.113.9:0","remote_ip":"203.0.113.9","status":404,"system":"http","time":"2026-03-02T00:00:21Z","uri":"/items?id=1%27","user_agent":"curl/7","written_bytes":10}',
    { bytes: 10, protocol: 'HTTP/1.1' },
  ],
};

test.each(Object.entries(LINES))('a line of JSON of %s is read', (_name, [line, otherwise]) => {
  const parser = createLineParser('json');
  expect(parser.parse(line)).toMatchObject({ ok: true, request: { ...REQUEST, ...otherwise } });
  for (const [start, end] of Object.values(parser.spans(line))) expect(line.slice(start, end)).not.toBe('');
});

test.each(Object.entries(LINES))('a line of JSON of %s is detected', (_name, [line]) => {
  const result = createLineParser().parse(line);
  expect(result.ok && result.request.sourceIp).toBe(LINES[_name]![1]?.sourceIp ?? REQUEST.sourceIp);
});

test('a key that another writer has for something else does not make a line of its shape', () => {
  const plain = (more: string): unknown =>
    createLineParser('json').parse(
      `{"time":"2026-03-02T00:00:21Z","remote_addr":"203.0.113.9","method":"GET","uri":"/items?id=1%27","status":404${more}}`,
    );
  const expected = plain('');
  for (const more of [
    ',"transaction":{"id":"a1b2"}',
    ',"properties":"none"',
    ',"httpRequest":null',
    ',"proxy":"squid"',
    ',"meta":{"pod":"web"}',
    ',"http_request":1',
    ',"requestTime":0.012',
    ',"requestTime":"0.012"',
    ',"proxy":{"host":"10.0.0.1","path":"/other","timestamp":5}',
  ])
    expect(plain(more)).toEqual(expected);
});

test('a whole URL that somebody asked of a proxy stays one where a line only says which log it is of', () => {
  const line =
    '{"log_type":"access","time":"2026-03-02T00:00:21Z","remote_addr":"203.0.113.9","request":"GET http://other.example/ HTTP/1.1","status":404}';
  expect(createLineParser().parse(line)).toMatchObject({ request: { target: 'http://other.example/', host: '' } });
});

test('whatever stands where a shape has its fields, nothing is thrown', () => {
  const parser = createLineParser('json');
  const value = /(?<=[:[,])(?:"(?:[^"\\]|\\.)*"|[\d.]+|\{[^{}]*\}|\[[^[\]]*\])/g;
  const lines = Object.values(LINES).map(([line]) => line);
  fc.assert(
    fc.property(fc.constantFrom(...lines), fc.nat(60), fc.json({ maxDepth: 2 }), (line, place, json) => {
      let at = 0;
      const changed = line.replace(value, (found) => (at++ === place ? json : found));
      const result = parser.parse(changed);
      parser.spans(changed);
      return !result.ok || (result.request.sourceIp !== '' && result.request.method !== '');
    }),
    { numRuns: 3000 },
  );
});
