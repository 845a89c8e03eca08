import { createEngine } from '@vigil/detection';
import { createLineParser } from '@vigil/detection/formats/line-parser';
import { expect, it } from 'vitest';
import { toScoredRequest } from './scored-request.ts';

it('cuts an excerpt that grew while secrets were taken out where a character begins', () => {
  const target = '/x?password=ab&q=1';
  const line = `203.0.113.9 - - [23/Nov/2026:12:00:00 +0000] "GET ${target} HTTP/1.1" 200 12 "-" "curl/8"`;
  const parser = createLineParser();
  const parsed = parser.parse(line);
  if (!parsed.ok) throw new Error(parsed.reason);
  const engine = createEngine();
  const assessment = engine.conclude(parsed.request, engine.inspect(parsed.request));
  const excerpt = `password=ab&${'\u{1f600}'.repeat(94)}`;
  const [match] = toScoredRequest({
    id: 'i',
    source: 's',
    position: 0,
    line,
    spans: parser.spans(line),
    request: parsed.request,
    assessment: {
      ...assessment,
      matches: [{ rule: 'r', class: 'C', score: 0.5, field: 'query', decoded: [], excerpt, span: [0, excerpt.length] }],
    },
    window: undefined,
    rulesVersion: 'test',
  }).matches;
  expect(match?.excerpt).toMatch(/^password=\*\*\*&/);
  expect(match?.excerpt.length).toBeLessThanOrEqual(200);
  expect(match?.excerpt.isWellFormed()).toBe(true);
});
