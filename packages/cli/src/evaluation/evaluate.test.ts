import { expect, test } from 'vitest';
import { builtInPacks, createEngine } from '@vigil/detection';
import { judgeLines, parseLabels, ratesBy } from './evaluate.ts';
import { explanationText, visible } from './explanation-text.ts';
import { failedExamples } from './failed-examples.ts';

const line = (target: string) =>
  `192.0.2.1 - - [01/Jan/2026:00:00:00 +0000] "GET ${target} HTTP/1.1" 200 10 "-" "curl/8.5.0"`;
const engine = createEngine();

test('rates count alerts per group, and a line that is no request counts as not found', () => {
  const labels = parseLabels('line\tsource\tclass\twhere\n1\tours\tsqli\turi\n2\tours\tsqli\turi\n3\tours\txss\turi\n');
  const judged = judgeLines(engine, [line("/?a=1'+or+'1'='1"), 'rubbish', line('/?a=<script>1</script>')], labels);
  expect(ratesBy(judged, (item) => item.label.class)).toEqual([
    { group: 'sqli', alerted: 1, total: 2 },
    { group: 'xss', alerted: 1, total: 1 },
  ]);
});

test('an explanation names views, matches with their place, and steps of the score', () => {
  const [request] = [
    {
      timestampMs: 0,
      sourceIp: '192.0.2.1',
      method: 'GET',
      target: '/?a=%253Cscript%253E',
      protocol: 'HTTP/1.1',
      status: 200,
      bytes: 0,
      referer: '',
      userAgent: '',
      host: '',
      remoteUser: '',
    },
  ];
  const text = explanationText(engine.explain(request));
  expect(text).toContain('param_value "a"');
  expect(text).toContain('percent > percent');
  expect(text).toContain('xss-script-element');
  expect(text).toContain('(highest)');
});

test('control characters of a log line never reach the terminal', () => {
  expect(visible('\u001b[2J\u009b\u202e', 10)).toBe('"\\u001b[2J\\u009b\\u202e"');
});

test('the examples of the built-in rules hold', () => {
  expect(failedExamples(builtInPacks(), builtInPacks()).failures).toEqual([]);
});
