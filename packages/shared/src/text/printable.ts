/**
 * Characters that change what a terminal or a page shows around them, or that nobody sees: C0 and C1 controls (escape sequences begin
 * there), bidirectional marks and overrides (Unicode TR 36, 2.10), zero-width and other ignorable characters, line and paragraph
 * separators, and lone surrogates.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/gu;

/** The same without C0: JSON has those escaped within strings already, and the white space between its tokens may stay. */
const UNPRINTABLE_IN_JSON = /[\u007f-\u009f\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/gu;

/** What most JSON has none of, which is known in a tenth of the time. */
const BEYOND_PRINTABLE_ASCII = /[^\x00-\x7e]/;

/** Log text made safe to show: what could act on the terminal, or hide, stands as `\u{202e}`. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** JSON text made safe to show: the same value for whoever parses it, with the same characters as `\u202e` in its strings. */
export function printableJson(json: string): string {
  if (!BEYOND_PRINTABLE_ASCII.test(json)) return json;
  return json.replaceAll(UNPRINTABLE_IN_JSON, (character) =>
    Array.from({ length: character.length }, (_, at) => jsonEscape(character.charCodeAt(at))).join(''),
  );
}

function jsonEscape(codeUnit: number): string {
  return `\\u${codeUnit.toString(16).padStart(4, '0')}`;
}
