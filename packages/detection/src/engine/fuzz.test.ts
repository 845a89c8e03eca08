import { array, assert, constantFrom, oneof, property, string, uint8Array } from 'fast-check';
import { expect, test } from 'vitest';
import { createEngine } from '../index.ts';
import { requestOf } from '../rules/example-request.ts';
import { decodeText } from '../views/decode.ts';

const engine = createEngine();
const bytes = uint8Array({ maxLength: 40 }).map((data) => Buffer.from(data).toString('latin1'));
const pieces = constantFrom(
  '%',
  '%2',
  '%25',
  '%u',
  '\\x',
  '\\u',
  '&#',
  '&lt;',
  '{{',
  '${',
  "'",
  '"',
  '<',
  '..',
  '/',
  '?',
  '&',
  '=',
  '\0',
  ' or ',
  'select ',
  '{"a":',
  'eyJ',
  '%c0',
  '\u0080',
);
const text = array(oneof(bytes, pieces, string({ maxLength: 8 })), { maxLength: 10 }).map((parts) => parts.join(''));

test('no request makes the engine throw, and every match lies inside a view of its field', () => {
  assert(
    property(text, text, text, text, (path, query, referer, userAgent) => {
      const request = requestOf({
        target: `/${path}?${query}`,
        referer,
        userAgent,
        method: path.length % 7 === 0 ? '-' : 'GET',
      });
      const { views, matches, assessment } = engine.explain(request);
      expect(assessment.score).toBeLessThanOrEqual(1);
      for (const match of matches) {
        const [start, end] = match.span;
        expect(match.excerpt.length).toBeLessThanOrEqual(200);
        const holds = views.some(
          (view) =>
            view.field === match.field &&
            end <= view.text.length &&
            view.text.slice(start, end).startsWith(match.excerpt),
        );
        expect(holds, `${match.rule} ${match.field} ${start}-${end}`).toBe(true);
      }
    }),
    { numRuns: 600 },
  );
});

test('a verdict depends on the request alone: asked twice, and by a new engine in another order, it is the same', () => {
  const requests = array(text, { minLength: 40, maxLength: 60 }).map((texts) =>
    texts.map((one, index) => requestOf({ target: `/?a=${one}`, userAgent: texts.at(index - 1) ?? '' })),
  );
  assert(
    property(requests, (asked) => {
      const verdicts = asked.map((request) => engine.conclude(request, engine.inspect(request)));
      const again = asked.map((request) => engine.conclude(request, engine.inspect(request)));
      expect(again).toEqual(verdicts);
      // Compiling all rules takes most of the time, so one new engine judges many requests: each after others than the first engine did.
      const fresh = createEngine();
      const reversed = asked.toReversed().map((request) => fresh.conclude(request, fresh.inspect(request)));
      expect(reversed.toReversed()).toEqual(verdicts);
    }),
    { numRuns: 8 },
  );
});

test('decoding ends in a fixpoint: its result decodes to itself, unless percent signs remain past the rounds', () => {
  assert(
    property(text, (raw) => {
      const once = decodeText(raw, false);
      expect(once.chain.filter((step) => step === 'percent').length).toBeLessThanOrEqual(4);
      const settled = once.chain.filter((step) => step === 'percent').length < 4 && /^[\x00-\x7f]*$/.test(once.text);
      expect(settled ? decodeText(once.text, false).text : once.text).toBe(once.text);
    }),
    { numRuns: 2000, examples: [['%0%c0%c00']] },
  );
});
