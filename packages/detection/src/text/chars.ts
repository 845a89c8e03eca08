/** A text with one code unit per byte, or such bytes. */
export type Chars = string | Uint8Array;

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
  // A look for one byte in so short a text takes less time here than a call of what is made for long ones.
  const code = char.charCodeAt(0);
  let at = from;
  while (at < to && chars[at] !== code) at += 1;
  return at;
}

/** chars[from, to) as text. */
export function textOf(chars: Chars, from: number, to: number): string {
  if (typeof chars === 'string') return chars.slice(from, to);
  return Buffer.from(chars.buffer, chars.byteOffset + from, to - from).toString('latin1');
}
