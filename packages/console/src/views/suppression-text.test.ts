import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadRules } from '@vigil/scorer/rules/load-rules';
import { expect, it } from 'vitest';
import type { Match, ThreatDetail } from '../api/types.ts';
import { suppressionText } from './suppression-text.ts';

const NOW_MS = Date.UTC(2026, 10, 27, 11);

const match = (part: Partial<Match>): Match => ({
  rule: 'sqli-union-select',
  class: 'SQL_INJECTION',
  score: 0.85,
  field: 'param_value',
  decoded: [],
  excerpt: '',
  ...part,
});
const event = (path: string, matches: Match[], note = '') => ({
  id: '0f8fad5b-d9cb-469f-a165-70867728950e',
  request_path: path,
  matches,
  review: { verdict: 'false_positive', note, reviewer: 'anna', reviewed_at: '' } satisfies ThreatDetail['review'],
});

/** What a scorer makes of it. */
function read(text: string | undefined): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-suppression-'));
  try {
    writeFileSync(join(folder, 'suppressions.yaml'), text ?? '');
    const loaded = loadRules(folder);
    return loaded.ok ? loaded.rules.suppressions : loaded.problems;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('takes all of the classes that were found in a parameter, as in a dashboard whose users search for attacks', () => {
  const found = [
    match({ parameter: 'query' }),
    match({ parameter: 'query', rule: 'sqli-comment' }),
    match({ parameter: 'query', class: 'XSS', rule: 'xss-script' }),
    match({ rule: 'RATE_ANOMALY', class: 'RATE_ANOMALY', field: 'window' }),
  ];
  expect(read(suppressionText(event('/loki/api/v1/query_range', found), NOW_MS))).toEqual([
    {
      id: 'false-alarm-0f8fad5b',
      reason: 'no attack, as a review found',
      expiresAt: '2027-11-27T00:00:00Z',
      classes: ['SQL_INJECTION', 'XSS'],
      path: '/loki/api/v1/query_range',
      parameter: 'query',
    },
  ]);
});

it('takes the rules alone where something else was read as well, and gives whatever a log and a person wrote as a text', () => {
  const found = [match({ parameter: 'a' }), match({ parameter: 'b' }), match({ field: 'path', rule: 'traversal' })];
  const path = `/shop/ä/"x": [1]\u202e\n- id: y/${'p'.repeat(600)}`;
  expect(read(suppressionText(event(path, found, '# "ours"\n- id: z \u202e'), NOW_MS))).toEqual([
    {
      id: 'false-alarm-0f8fad5b',
      reason: '# "ours"\n- id: z \u202e',
      expiresAt: '2027-11-27T00:00:00Z',
      rules: ['sqli-union-select', 'traversal'],
      path: `/shop/*/"x": [1]*- id: y/${'p'.repeat(600)}`.slice(0, 511) + '*',
    },
  ]);
  expect(suppressionText(event(path, found, '\u202e\u202e\u202e'), NOW_MS)).not.toContain('\u202e');
});

it.each(['', '*', '/*', '/検索', '/de/検索.html', '***'])(
  'offers nothing that would hold for far more than %j',
  (path) => {
    expect(suppressionText(event(path, [match({ parameter: 'q' })]), NOW_MS)).toBeUndefined();
  },
);

it.each(['', '検'])('takes the rules of a parameter that no pattern names: %j', (parameter) => {
  expect(read(suppressionText(event('/search', [match({ parameter })]), NOW_MS))).toEqual([
    expect.objectContaining({ rules: ['sqli-union-select'], path: '/search' }),
  ]);
  expect(suppressionText(event('/search', [match({ parameter })]), NOW_MS)).not.toContain('parameter');
});

it('has nothing to offer against what an address did before', () => {
  const found = [match({ rule: 'PATH_SCAN', class: 'RECONNAISSANCE', field: 'window' })];
  expect(suppressionText(event('/', found), NOW_MS)).toBeUndefined();
  expect(suppressionText(event('/', [...found, match({ score: 0.3 })]), NOW_MS)).toBeUndefined();
});

it.each([
  ['longer than a reason may be', 'n'.repeat(501), 'n'.repeat(500)],
  ['shorter than a reason must be', 'ok', 'no attack, as a review found'],
])('gives a reason that can be read where the note is %s', (_what, note, reason) => {
  const text = suppressionText(event('/search', [match({ parameter: 'q' })], note), NOW_MS);
  expect(read(text)).toEqual([expect.objectContaining({ reason })]);
});
