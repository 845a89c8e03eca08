/**
 * Characters that a reader cannot see or that change how the rest is read: controls, bidirectional overrides and isolates,
 * zero-width and other ignorable characters, unusual spaces, lone surrogates, unassigned and private code points.
 */
const DECEPTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{DI}\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/gu;

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A run of ordinary text, or one escape that stands for a character nobody could have seen. */
export interface TextPiece {
  text: string;
  escaped: boolean;
  /** Offset of the run's first UTF-16 unit in the text. */
  at: number;
}

/** The visible stand-in of a character: `\n`, `\x1b`, `\u202e`, `\u{e0041}`. */
function escapeOf(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}

/** Splits hostile text into what may be shown as it is and what must be shown as an escape. */
export function visiblePieces(text: string): TextPiece[] {
  const pieces: TextPiece[] = [];
  let from = 0;
  for (const match of text.matchAll(DECEPTIVE)) {
    if (match.index > from) pieces.push({ text: text.slice(from, match.index), escaped: false, at: from });
    pieces.push({ text: escapeOf(match[0]), escaped: true, at: match.index });
    from = match.index + match[0].length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), escaped: false, at: from });
  return pieces;
}

/** The same in one string, for places that take no markup: titles, labels, the document's title. */
export function visibleString(text: string): string {
  return text.replaceAll(DECEPTIVE, escapeOf);
}
