import { array, constant, constantFrom, oneof, tuple, type Arbitrary } from 'fast-check';

/** What classes and dots are filled from: ASCII that lines of a log can hold, and bytes beyond it. */
const CHARS = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter(
  (char) => char < '\x7f' || char > '\xa0',
);
/** Repetitions beyond the least that are tried. */
const REPEATS_MORE = 4;

/**
 * Texts that a rule's expression is made for. Assertions are passed over, so some texts do not match after all.
 * @param source a valid regular expression without back-references, as `checkRegex` lets through
 */
export function textLike(source: string): Arbitrary<string> {
  let at = 0;
  const takes = (shape: RegExp): RegExpExecArray | undefined => {
    const found = new RegExp(`^(?:${shape.source})`, 's').exec(source.slice(at)) ?? undefined;
    at += found?.[0].length ?? 0;
    return found;
  };
  const alternatives = (): Arbitrary<string> => {
    const all = [sequence()];
    while (takes(/\|/)) all.push(sequence());
    return oneof(...all);
  };
  const sequence = (): Arbitrary<string> => {
    const parts: Arbitrary<string>[] = [];
    while (at < source.length && !/[|)]/.test(source[at]!)) parts.push(repeated(atom()));
    return tuple(...parts).map((texts) => texts.join(''));
  };
  const repeated = (text: Arbitrary<string>): Arbitrary<string> => {
    const bounds = takes(/[?*+]|\{(\d+)(?:,(\d*))?\}/);
    if (bounds === undefined) return text;
    takes(/\?/);
    const [sign, least = sign === '+' ? '1' : '0', most = sign === '?' ? '1' : least] = bounds;
    const minLength = Number(least);
    const isOpen = sign === '*' || sign === '+' || most === '';
    const maxLength = isOpen ? minLength + REPEATS_MORE : Math.min(Number(most), minLength + REPEATS_MORE);
    return array(text, { minLength, maxLength }).map((texts) => texts.join(''));
  };
  const atom = (): Arbitrary<string> => {
    const group = takes(/\((?:\?(?::|<?[=!]|<\w+>))?/);
    if (group !== undefined) {
      const inner = alternatives();
      takes(/\)/);
      return /[=!]/.test(group[0]) ? constant('') : inner;
    }
    if (takes(/[\^$]|\\b/i)) return constant('');
    const [shape] = takes(/\[(?:\\.|[^\]\\])*\]|\\(?:x[\da-f]{2}|u[\da-f]{4}|p\{\w+\}|.)|./i)!;
    const one = new RegExp(`^${shape}$`, shape.includes('\\p') ? 'iu' : 'i');
    const chars = CHARS.filter((char) => one.test(char));
    return chars.length === 0 ? constant('') : constantFrom(...chars);
  };
  return alternatives();
}
