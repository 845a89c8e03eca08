/**
 * Characters that change what a terminal or a page shows around them: C0 and C1 controls (escape sequences begin there), bidirectional
 * marks and overrides (Unicode TR 36, 2.10), zero-width characters, line and paragraph separators, and lone surrogates.
 */
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Log text made safe to show: what could act on the terminal, or hide, stands as `\u{202e}`. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}
