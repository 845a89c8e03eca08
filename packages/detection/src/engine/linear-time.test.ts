import { describe, expect, test } from 'vitest';
import { builtInPacks, createEngine } from '../index.ts';
import { createView } from '../views/view.ts';
import { DETECTORS } from '../detectors/registry.ts';
import { targetViews } from '../views/views.ts';
import { requestOf } from '../rules/example-request.ts';

const SMALL = 1_000;
const LARGE = 8_000;
/** Linear work grows 8-fold between the two sizes and quadratic work 64-fold; the middle of that tells them apart through noise. */
const GROWTH_MAX = 32;
/** What costs less than this at the largest size that is ever read cannot harm, and is too short to compare. */
const NEGLIGIBLE_MS = 4;

const ATOMS =
  `a|( ) < > <a <! .. ../ ' " {{ \${ \${a:- % %25 \\ \\u00 &# &#0 /* -- or union select (select ; | \` $( = onx= javascript: [ [] [" ] { } {"a":
http:// // @ a@ . 0 1, a. a/ /a x'or a=1& data: &lt; a"b style= url( char(1)+ a|| __ #{ <% %> [[ "" '' \`a\` a: :: document. window[ function(
=> [! +[ \\" *)( ),( $where eval( iii ... c:/ ;; && ??/`
    .split(/[\s]+/)
    .flatMap((atom) => (atom === '' ? [] : [atom, `${atom} `]));

const BEGINNING_LENGTHS = [4, 6, 8, 12, 24];

const repeat = (atom: string, length: number) => atom.repeat(Math.ceil(length / atom.length)).slice(0, length);

/** Beginnings of what an example holds, each of which a match may have got to where a hostile text has it start anew. */
function beginnings(example: string): string[] {
  const value = example.replace(/^[^=]*=/, '').replaceAll('%', '');
  return [example.replaceAll('%', '').slice(0, 24), ...BEGINNING_LENGTHS.map((length) => value.slice(0, length))];
}

/** Least time of a few, so that a pause of the machine is not taken for work. */
function leastMs(work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round += 1) {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

/** Atoms on which the work grows faster than the text. */
function faster(run: (text: string) => void, atoms: readonly string[]): string[] {
  return atoms.filter((atom) => {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const large = leastMs(() => run(repeat(atom, LARGE)));
      if (large < NEGLIGIBLE_MS) return false;
      if (
        large /
          Math.max(
            0.1,
            leastMs(() => run(repeat(atom, SMALL))),
          ) <
        GROWTH_MAX
      )
        return false;
    }
    return true;
  });
}

describe('work grows no faster than the text', () => {
  test.each([...DETECTORS.values()])('for detector $name', (detector) => {
    const run = (text: string) =>
      detector.run(createView({ field: 'param_value', parameter: 'url', kind: 'decoded', decoded: [], text }));
    expect(faster(run, [...ATOMS, ...detector.gate])).toEqual([]);
    const behindWord = (text: string) => run('a'.repeat(text.length / 2) + text.slice(text.length / 2));
    expect(faster(behindWord, [...ATOMS, ...detector.gate])).toEqual([]);
  });

  const regexRules = builtInPacks().flatMap((pack) => pack.rules.flatMap((rule) => ('regex' in rule ? [rule] : [])));
  test.each(regexRules)('for rule $id', (rule) => {
    const regex = new RegExp(rule.regex, 'i');
    const literals = rule.gate.filter((text) => !text.startsWith('<space') && !text.startsWith('<non-')).slice(0, 8);
    const pieces = rule.examples.positive.flatMap((example) =>
      typeof example === 'string' ? beginnings(example) : [],
    );
    expect(
      faster(
        (text) => void regex.exec(text),
        [...ATOMS.slice(0, 40), ...literals, ...literals.map((text) => `${text} `), ...pieces],
      ),
    ).toEqual([]);
  });

  test('for decoding into views', () => {
    const run = (text: string) => void targetViews(requestOf({ target: `/a?b=${text}` }));
    expect(faster(run, [...ATOMS, '%2525', '%u0041', '%c0%af', '&a=b', '\u0080', '&#x41;', '\\x41'])).toEqual([]);
    const amongMany = (text: string) =>
      void targetViews(requestOf({ target: `/a?${'&'.repeat(300)}${text.slice(0, LARGE - 300)}'` }));
    expect(faster(amongMany, ['a', 'a.', '[', '%5b', '=', 'a='])).toEqual([]);
  });
});

/** An attempt that is made anew at every character, and looks sixty ahead each time, is linear, too. */
const TIMES_AS_DEAR_MAX = 10;

test.each(['{', '{{', '{{a', '{{|'])('braces cost not many times as much as letters: %s', (atom) => {
  const engine = createEngine();
  const costOf = (value: string): number => {
    const request = requestOf({ target: `/a?b=${value}` });
    return leastMs(() => void engine.inspect(request));
  };
  const isDear = (): boolean =>
    costOf(repeat(atom, LARGE)) > TIMES_AS_DEAR_MAX * Math.max(0.7, costOf(repeat('a', LARGE)));
  expect([1, 2, 3].every(isDear)).toBe(false);
});
