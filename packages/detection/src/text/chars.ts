/** Up to here a loop takes less time than a call of what is made for long texts. */
const SHORT = 256;

/** A text with one code unit per byte, or such bytes. */
export type Chars = string | Buffer;

/** The byte at a place; no number, or undefined, beyond the end. */
export function codeAt(chars: Chars, at: number): number {
  return typeof chars === 'string' ? chars.charCodeAt(at) : (chars[at] as number);
}

/** Where a character stands first in chars[from, to), or `to`. */
export function placeOf(char: string, chars: Chars, from: number, to: number): number {
  if (typeof chars === 'string') {
    const at = chars.indexOf(char, from);
    return at === -1 || at > to ? to : at;
  }
  const code = char.charCodeAt(0);
  if (to - from > SHORT) {
    const at = chars.subarray(from, to).indexOf(code);
    return at === -1 ? to : from + at;
  }
  let at = from;
  while (at < to && chars[at] !== code) at += 1;
  return at;
}

/** chars[from, to) as text. */
export function textOf(chars: Chars, from: number, to: number): string {
  if (typeof chars === 'string') return chars.slice(from, to);
  return chars.toString('latin1', from, to);
}
