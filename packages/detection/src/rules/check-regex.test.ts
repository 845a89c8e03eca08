import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRegex } from './check-regex.ts';

describe('an expression that a hostile text can keep busy is refused', () => {
  it.each([
    String.raw`^(?:a|a){1,60}$`,
    String.raw`^(?:a|[a-z]){1,60}$`,
    String.raw`^(?:ab?|b){1,60}$`,
    String.raw`^(?:ab|a|b){1,60}$`,
    String.raw`(?:\w{1,5}){1,60}!`,
    String.raw`(?:\w{1,5}\s?){1,60}!`,
    String.raw`(?:a?){1,60}b`,
    String.raw`[a-z]{0,512}[a-z]{0,512}!`,
    String.raw`[a-z]{0,512}\s{0,4}[a-z]{0,512}!`,
    String.raw`\w{1,90}_\w{1,90}_\w{1,90}!`,
    String.raw`(?<!\w{1,90}_\w{1,90}_\w{1,90}!)x`,
    String.raw`(?:(?:a|a){1,9}){1,9}b`,
    String.raw`(?:ж|\u0436){1,60}b`,
    String.raw`(?:-.{1,80}\s{1,4}){0,6}!`,
  ])('%s', (source) => expect(checkRegex(source)).toMatch(/too many ways/));
});

describe('an expression of which every part tells where the one before it ended is taken', () => {
  it.each([
    String.raw`\bunion\s{1,20}(?:all\s{1,20})?select\b`,
    String.raw`(?:\.[\w-]{1,63}){0,3}/`,
    String.raw`(?:[^&]{1,40}&){1,9}x`,
    String.raw`[a-z]{0,512}\d[a-z]{0,512}!`,
    String.raw`^(?:select|update|delete|insert)\s{0,9}$`,
    String.raw`(?:\\x[0-9a-f]{2}){3,60}`,
    String.raw`(?:[a-z]|\d|_){1,60}!`,
    String.raw`(?:-\S{1,80}\s{1,4}){0,6}!`,
    String.raw`(?=.{0,400}a).{0,400}b`,
    String.raw`<(?:script|iframe)[^>]{0,500}>`,
  ])('%s', (source) => expect(checkRegex(source)).toBeUndefined());
});

it('takes more steps of an expression that was run on hostile texts, but not any number', () => {
  expect(checkRegex('[a-z]{0,512}[a-z]{0,512}!', true)).toBeUndefined();
  expect(checkRegex('a*', true)).toMatch(/unbounded/);
  // Half a minute on `curl+-curl+-…`, which no repetition of a sign or a keyword comes to.
  const download = String.raw`\bcurl\b[\s+]{1,4}(?:-{1,2}\w{1,20}[\s+]{1,4}\S{0,80}[\s+]{0,4}){0,4}https?:`;
  expect(checkRegex(download, true)).toMatch(/too many ways/);
});

it('answers for every text, whether it is an expression or not', () => {
  const pieces = [
    'a é ( ) (?: (?= (?<! (?<é> (?i: [ ] [^ | ? * { } {1,3} {2} {,3} ^ $ . -',
    String.raw`\ \b \w \c \u \u0041 \p \k \0 \x4 , /`,
  ];
  const piece = constantFrom(...pieces.join(' ').split(' '));
  assert(
    property(array(piece, { maxLength: 12 }), (some) => {
      expect(['string', 'undefined']).toContain(typeof checkRegex(some.join('')));
    }),
    { numRuns: 5_000 },
  );
  expect(checkRegex('('.repeat(1_900) + 'a' + ')'.repeat(1_900))).toBeUndefined();
});
