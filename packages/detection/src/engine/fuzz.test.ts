import { array, assert, constantFrom, oneof, property, string, uint8Array } from 'fast-check';
import { expect, test } from 'vitest';
import { createEngine } from '../index.ts';
import { requestOf } from '../testing/request-of.ts';
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

test('a verdict depends on the request alone: asked twice, in whatever order, it is the same', () => {
  assert(
    property(text, text, (first, second) => {
      const one = requestOf({ target: `/?a=${first}`, userAgent: second });
      const two = requestOf({ target: `/?a=${second}`, userAgent: first });
      const verdict = engine.conclude(one, engine.inspect(one));
      engine.inspect(two);
      expect(engine.conclude(one, engine.inspect(one))).toEqual(verdict);
      expect(createEngineFresh(one)).toEqual(verdict);
    }),
    { numRuns: 60 },
  );
});

function createEngineFresh(request: ReturnType<typeof requestOf>) {
  const fresh = createEngine();
  return fresh.conclude(request, fresh.inspect(request));
}

test('decoding ends in a fixpoint: its result decodes to itself, unless percent signs remain past the rounds', () => {
  assert(
    property(text, (raw) => {
      const once = decodeText(raw, false);
      expect(once.chain.filter((step) => step === 'percent').length).toBeLessThanOrEqual(4);
      const settled = once.chain.filter((step) => step === 'percent').length < 4 && /^[\x00-\x7f]*$/.test(once.text);
      expect(settled ? decodeText(once.text, false).text : once.text).toBe(once.text);
    }),
    { numRuns: 2000 },
  );
});
