import { expect, test } from 'vitest';
import { requestOf } from '../testing/request-of.ts';
import { createLineParser } from './line-parser.ts';

test("the #Fields line of a log of the W3C's format says what its columns are", () => {
  const format =
    '#Fields: date time c-ip cs-method cs-uri-stem cs-uri-query sc-status cs(User-Agent) cs(X-Forwarded-For)';
  const line = '2026-03-02 00:00:21 - POST /a b=1 200 sqlmap/1.7 203.0.113.9';
  expect(requestOf(line, format)).toMatchObject({
    method: 'POST',
    target: '/a?b=1',
    sourceIp: '203.0.113.9',
    status: 200,
  });
  expect(createLineParser(format).spans(line).target).toEqual([line.indexOf('/a'), line.indexOf('/a') + 2]);
  for (const other of [format, '#Software: Microsoft Internet Information Services 10.0', `${line} more`])
    expect(createLineParser(format).parse(other).ok).toBe(false);
});

test('texts in quotes, as Tomcat writes headers, are one column each, and a column may be empty', () => {
  const format =
    '#Fields: date time c-ip cs-method cs-uri sc-status bytes cs(Referer) cs(User-Agent) cs(X-A) x-H(contentType)';
  const start = '2026-03-02 00:00:21 203.0.113.9 GET /a?b=1';
  const read = (rest: string): unknown => {
    const { target, status, bytes, referer, userAgent, headers } = requestOf(`${start} ${rest}`, format);
    return [target, status, bytes, referer, userAgent, headers];
  };
  expect(read('404 7 - "a ""b"" c+d \\\\ e" "$ x" ')).toEqual(['/a?b=1', 404, 7, '', 'a "b" c+d \\ e', ['$ x']]);
  expect(read('404 7 "http://h/" "c/1" - ')).toEqual(['/a?b=1', 404, 7, 'http://h/', 'c/1', undefined]);
  expect(read('404 7 "" """ ""z" - text/html')).toEqual(['/a?b=1', 404, 7, '', '" "z', undefined]);
  const line = `${start} 404 7 "a b" "c d" - `;
  const { userAgent } = createLineParser(format).spans(line);
  expect(line.slice(...userAgent!)).toBe('"c d"');
  expect(createLineParser(format).parse(`${line}x y`).ok).toBe(false);
});

test.each([undefined, '#Fields: date time c-ip cs-uri-stem sc-status'])(
  'columns that change are followed, from %s on',
  (first) => {
    const parser = createLineParser(first);
    const read = (line: string): string => {
      const result = parser.parse(line);
      return result.ok ? `${result.request.sourceIp} ${result.request.target} ${result.request.status}` : result.reason;
    };
    const lines = [
      '#Software: Microsoft Internet Information Services 10.0',
      '#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port c-ip sc-status X-Forwarded-For',
      '2026-03-02 00:00:21 10.0.0.5 GET /a b=1 443 203.0.113.9 404 -',
      '#Fields: date time c-ip cs-method cs-uri-stem cs-uri-query sc-status sc-bytes time-taken s-computername',
      '2026-03-02 00:00:22 203.0.113.8 GET /a b=2 500 12 15 WEB1',
      '#Fields: date time s-ip',
      '2026-03-02 00:00:23 10.0.0.5',
      '2026-03-02 00:00:24 203.0.113.8 GET /a b=3 200 12 15 WEB1',
    ];
    expect(lines.map(read).filter((text) => text !== 'unparsable')).toEqual([
      '203.0.113.9 /a?b=1 404',
      '203.0.113.8 /a?b=2 500',
      '203.0.113.8 /a?b=3 200',
    ]);
  },
);
