import { expect, test } from 'vitest';
import { requestOf } from '../testing/request-of.ts';
import { createLineParser } from './line-parser.ts';

const WRAPPED =
  '203.0.113.5 - - [02/Mar/2026:00:00:21 +0000] "GET /w?q=caf\\xC3\\xA9 HTTP/1.1" 200 5 "-" "Mozilla/5.0 (X11; rv:1) x"';
const IN_JSON = JSON.stringify(WRAPPED);

/** What stands around a line where it was collected rather than written. */
const WRAPPINGS: Record<string, string> = {
  'rsyslog, as Debian and Ubuntu set it': `2026-03-02T00:00:21.123456+00:00 web1 nginx: ${WRAPPED}`,
  'journalctl -o short-iso': `2026-03-02T00:00:21+0000 web1 nginx[123]: ${WRAPPED}`,
  'journalctl -o short-precise': `Mar 02 00:00:21.123456 web1 nginx[123]: ${WRAPPED}`,
  'journalctl -o json': `{"__REALTIME_TIMESTAMP":"1772409621123456","_HOSTNAME":"web1","MESSAGE":${IN_JSON},"_PID":"1"}`,
  'journalctl -o json, not UTF-8': `{"_HOSTNAME":"web1","MESSAGE":[${Array.from(WRAPPED, (c) => c.charCodeAt(0)).join(',')}]}`,
  'RFC 5424 with structured data': `<190>1 2026-03-02T00:00:21Z web1 nginx 1 a [x@1 iut="3" s="App ] \\" x"][y@1 a="b"] ${WRAPPED}`,
  "Heroku's drain": `<190>1 2026-03-02T00:00:21.000000+00:00 host app web.1 - ${WRAPPED}`,
  'heroku logs': `2026-03-02T00:00:21.123456+00:00 app[web.1]: ${WRAPPED}`,
  'docker compose logs': `web-1  | ${WRAPPED}`,
  'docker compose logs of a service whose name begins with a digit': `2web-1  | ${WRAPPED}`,
  PM2: `2026-03-02T00:00:21: ${WRAPPED}`,
  'a date and a time': `2026-03-02 00:00:21 ${WRAPPED}`,
  'docker compose logs -t': `web-1  | 2026-03-02T00:00:21.123456789Z ${WRAPPED}`,
  'kubectl logs --prefix': `[pod/web-5d7/nginx] ${WRAPPED}`,
  'kubectl logs --timestamps': `2026-03-02T00:00:21.123456789Z ${WRAPPED}`,
  'Fluent Bit': `{"date":1772409621.123,"log":${IN_JSON}}`,
  'Fluent Bit in Kubernetes': `{"time":"2026-03-02T00:00:21.1Z","stream":"stdout","_p":"F","log":${IN_JSON},"kubernetes":{"pod_name":"a"}}`,
  Vector: `{"file":"/var/log/nginx/access.log","host":"web1","message":${IN_JSON},"timestamp":"2026-03-02T00:00:21.1Z"}`,
  Logstash: `{"@timestamp":"2026-03-02T00:00:21.1Z","path":"/var/log/nginx/access.log","host":"web1","message":${IN_JSON}}`,
  Filebeat: `{"@timestamp":"2026-03-02T00:00:21.1Z","@metadata":{"beat":"filebeat"},"message":${IN_JSON},"host":{"name":"web1"}}`,
  'an ingest pipeline of Elastic': `{"@timestamp":"2026-03-02T00:00:21.1Z","event":{"original":${IN_JSON}},"url":{"path":"/w"}}`,
  GELF: `{"version":"1.1","host":"web1","short_message":${IN_JSON},"timestamp":1772409621.123,"level":6}`,
  'Google Cloud Logging': `{"textPayload":${IN_JSON},"timestamp":"2026-03-02T00:00:21.1Z","resource":{"type":"k8s_container"}}`,
  'grep -H': `logs/access_log-20260302:${WRAPPED}`,
  'zgrep -Hn': `/var/log/nginx/access.log.2.gz:17:${WRAPPED}`,
  "a terminal's colours": `\u001b[32m${WRAPPED.replace('"GET', '"\u001b[1mGET')}\u001b[0m`,
};

test.each(Object.entries(WRAPPINGS))('what stands around a line is taken off: %s', (_name, line) => {
  const expected = requestOf(WRAPPED);
  expect(requestOf(line)).toEqual(expected);
  expect(requestOf(line, 'combined')).toEqual(expected);
  // A source that was read without until then, and one that goes on with it.
  const parser = createLineParser();
  for (const next of [WRAPPED, line, line]) expect(parser.parse(next)).toEqual({ ok: true, request: expected });
  const span = parser.spans(line).target;
  const target = String.raw`/w?q=caf\xC3\xA9`;
  expect(span === undefined ? target : line.slice(...span)).toBe(target);
});

test('a time before a line is no client', () => {
  const line = '12:00:21 203.0.113.5 - - [02/Mar/2026:00:00:21 +0000] "GET /a HTTP/1.1" 200 3 "-" "x"';
  expect(requestOf(line).sourceIp).toBe('203.0.113.5');
  expect(createLineParser().parse(line.replace('203.0.113.5', 'web1 12:00:21'))).toMatchObject({ ok: false });
});

test('a virtual host or a client whose name is like a file is none', () => {
  const line = `blog.example:80 ${WRAPPED}`;
  expect(requestOf(line)).toEqual({ ...requestOf(WRAPPED), host: 'blog.example:80' });
  for (const client of ['log.example', 'catalog:5000'])
    expect(requestOf(WRAPPED.replace('203.0.113.5', client)).sourceIp).toBe(client);
});

test('a line of CSV with more than the log line in it is none', () => {
  const line = `"2026-03-02T00:00:21Z","${WRAPPED.replaceAll('"', '""')}"`;
  expect(createLineParser().parse(line)).toEqual({ ok: false, reason: 'unparsable' });
});
