import { createEngine } from '@vigil/detection';
import { createLineParser } from '@vigil/detection/formats/line-parser';
import type { RuleMatch, ScoredRequest } from '@vigil/shared/contracts';
import { assert, property, string, stringMatching } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isSecretName,
  redactExcerpt,
  redactField,
  secretRanges,
  secretValues,
  withoutRanges,
} from './redact-secrets.ts';
import { toScoredRequest } from './scored-request.ts';

describe('redactField', () => {
  it.each([
    ['token=abc&x=1', 'token=***&x=1'],
    ['/login?user=ann&password=hun?ter;2&next=/', '/login?user=ann&password=***&next=/'],
    ['/a;jsessionid=1A2B;v=2?x=1', '/a;jsessionid=***;v=2?x=1'],
    ['/cb?user%5Bpassword%5D=x%26y', '/cb?user%5Bpassword%5D=***'],
    ['/cb?pass%77ord=x', '/cb?pass%77ord=***'],
    [
      '/go?next=https%3A%2F%2Fh%2F%3Fapi_key%3Dabc%26q%3D1&z=2',
      '/go?next=https%3A%2F%2Fh%2F%3Fapi_key%3D***%26q%3D1&z=2',
    ],
    ['/f?u=http://ann:s3cret@10.0.0.1/', '/f?u=http://ann:***@10.0.0.1/'],
    ['/f?u=http%3A%2F%2Fann%3As3cret%40h', '/f?u=http%3A%2F%2Fann%3A***%40h'],
    ['/s3?X-Amz-Signature=00ff&X-Amz-Date=1', '/s3?X-Amz-Signature=***&X-Amz-Date=1'],
    ['/p?a=1&token=&b=2', '/p?a=1&token=&b=2'],
    ['/tokens/list?page=2', '/tokens/list?page=2'],
    ["/item?id=1'+union+select+password+from+users--", "/item?id=1'+union+select+password+from+users--"],
  ])('%s', (given, expected) => expect(redactField(given)).toBe(expected));

  it('knows names that people give to secrets, and not every name that holds such letters', () => {
    for (const name of [
      'Password',
      'new-password',
      'access_token',
      'API-Key',
      'PHPSESSID',
      'sessionId',
      'sig',
      'client_secret',
    ])
      expect([name, isSecretName(name)]).toEqual([name, true]);
    for (const name of ['page', 'keyword', 'monkey', 'compass', 'author', 'signal', 'shipping'])
      expect([name, isSecretName(name)]).toEqual([name, false]);
  });

  it('leaves no trace of a secret, whatever stands around it', () => {
    const around = string({ maxLength: 30 }).map((text) => text.replaceAll(/[&=?;#%\s"]/g, 'x'));
    assert(
      property(around, around, stringMatching(/^[A-Za-z0-9]{12}$/), (before, after, secret) => {
        const target = `/${before}?a=${after}&token=${secret}&b=${after}`;
        expect(redactField(target)).toBe(`/${before}?a=${after}&token=***&b=${after}`);
      }),
    );
  });

  it('takes time that grows with the text only', () => {
    const hostile = '?'.repeat(5_000) + 'token'.repeat(2_000) + '%3f'.repeat(3_000) + '://a:'.repeat(3_000);
    expect(redactField(hostile).length).toBeGreaterThan(0);
  });
});

it('says where a position stands after the secrets are gone', () => {
  const text = 'a token=12345 b';
  const { text: redacted, at } = withoutRanges(text, [[8, 13]]);
  expect(redacted).toBe('a token=*** b');
  expect(redacted.slice(at(2), at(13))).toBe('token=***');
  expect(redacted.slice(at(14))).toBe('b');
});

it('takes secrets out of evidence, pieces of them too', () => {
  const secrets = secretValues('/a?token=SECRETVALUE&q=1');
  expect(redactExcerpt('SECRETVALUE&q=<script>', secrets)).toBe('***&q=<script>');
  expect(redactExcerpt('RETVALUE&q=<script>', secrets)).toBe('***&q=<script>');
  expect(redactExcerpt('../../x?token=SECRET', secrets)).toBe('../../x?token=***');
  expect(redactExcerpt('CRETVA', secrets)).toBe('***');
  expect(secretRanges('GET /a?token=x HTTP/1.1', 'line')).toEqual([[13, 14]]);
});

/** What is stored of a line, with these matches in place of the engine's where given. */
function eventOf(line: string, matches?: RuleMatch[]): ScoredRequest {
  const parser = createLineParser();
  const parsed = parser.parse(line);
  if (!parsed.ok) throw new Error(parsed.reason);
  const engine = createEngine();
  const assessment = engine.conclude(parsed.request, engine.inspect(parsed.request));
  return toScoredRequest({
    id: '6f2b1b7c-3d3e-8a55-9c1d-0e5b5f0c1a11',
    source: 's',
    position: 0,
    line,
    spans: parser.spans(line),
    request: parsed.request,
    assessment: { ...assessment, matches: matches ?? assessment.matches },
    window: undefined,
    rulesVersion: 'v',
  });
}

it('keeps secrets out of everything that is stored of a detection, and its spans where they were', () => {
  const secret = 'hunter2hunter2';
  const target = `/item?id=1%27%20union%20select%20a%20from%20b--&password=${secret}&api_key=' or 1=1--${secret}`;
  const line = `10.0.0.1 - - [02/Mar/2026:10:00:00 +0000] "GET ${target} HTTP/1.1" 200 5 "https://h/?session=${secret}" "curl/8"`;
  const event = eventOf(line);
  expect(event.severity).toBe('HIGH');
  expect(JSON.stringify(event)).not.toContain('hunter2');
  expect(event.line).toContain('password=***');
  for (const { field, lineSpan } of event.matches) {
    if (lineSpan === undefined || field === 'referer' || field === 'request_line') continue;
    const text = event.line.slice(...lineSpan);
    expect(text.startsWith('/item?id=1')).toBe(true);
    expect(text.endsWith('api_key=***')).toBe(true);
  }
});

it('keeps secrets out of the path and of every excerpt, however they were decoded', () => {
  const secret = 'hunter2hunter2';
  const line = `10.0.0.1 - - [02/Mar/2026:10:00:00 +0000] "GET /item;jsessionid=${secret}?api_key=${secret}&id=1 HTTP/1.1" 200 5`;
  const match = { rule: 'r', class: 'XSS', score: 0.9, decoded: [], span: [0, 5] as [number, number] };
  const event = eventOf(line, [
    { ...match, field: 'request_line', excerpt: `GET /item;jsessionid=${secret}` },
    // As base64 or another decoding shows it: no piece of what was sent.
    { ...match, field: 'param_value', parameter: 'api_key', excerpt: 'decoded hunter2' },
  ]);
  expect(event.path).toBe('/item;jsessionid=***');
  expect(event.matches.map(({ excerpt }) => excerpt)).toEqual(['GET /item;jsessionid=***', '***']);
  expect(JSON.stringify(event)).not.toContain('hunter2');
});
