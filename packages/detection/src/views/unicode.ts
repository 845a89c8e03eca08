/** Three bytes that no text has, as hashes and keys have them that are sent as they are: clients of BitTorrent do. */
const BINARY = /(?:[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f][^\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]{0,24}){3}/;

/** Whether a decoded text is no text. */
export const isBinary = (text: string): boolean => BINARY.test(text);

/** Continuation bytes by lead byte, counting the 5- and 6-byte forms that only attackers write; 0 where not a lead byte. */
function continuations(lead: number): number {
  if (lead < 0xc0) return 0;
  if (lead < 0xe0) return 1;
  if (lead < 0xf0) return 2;
  if (lead < 0xf8) return 3;
  if (lead < 0xfc) return 4;
  return lead < 0xfe ? 5 : 0;
}

const SMALLEST = [0, 0x80, 0x800, 0x10000, 0x200000, 0x4000000];

/**
 * Reads Latin-1 text as UTF-8 where it is well formed and leaves other bytes as the Latin-1 characters that they are.
 * Overlong forms are read as what they hide, and a stray `C0` or `C1` before an ASCII character is dropped (`%c0.` is `.`).
 */
export function decodeUtf8(text: string): { text: string; overlong: boolean } {
  let out = '';
  let overlong = false;
  for (let at = 0; at < text.length;) {
    const lead = text.charCodeAt(at);
    if (lead > 0xff) {
      out += text[at];
      at += 1;
      continue;
    }
    const more = continuations(lead);
    let code = more === 0 ? lead : lead & (0x3f >> more);
    let read = 1;
    while (read <= more) {
      const byte = text.charCodeAt(at + read);
      if (!(byte >= 0x80 && byte <= 0xbf)) break;
      code = (code << 6) | (byte & 0x3f);
      read += 1;
    }
    if (more > 0 && read <= more) {
      const next = text.charCodeAt(at + 1);
      if ((lead === 0xc0 || lead === 0xc1) && next < 0x80) {
        overlong = true;
      } else {
        out += text[at];
      }
      at += 1;
      continue;
    }
    if (more > 0 && code < (SMALLEST[more] ?? 0)) overlong = true;
    out += code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? '?' : String.fromCodePoint(code);
    at += read;
  }
  return { text: out, overlong };
}

const LOOKALIKES: Record<string, string> = {
  '‘': "'",
  '’': "'",
  ʼ: "'",
  ʹ: "'",
  ˈ: "'",
  '′': "'",
  '´': "'",
  '‵': "'",
  '“': '"',
  '”': '"',
  '″': '"',
  ʺ: '"',
  '∕': '/',
  '⁄': '/',
  '⧸': '/',
  〱: '/',
  '∖': '\\',
  '⧹': '\\',
  '\uf025': '/',
  '․': '.',
  '。': '.',
  '‹': '<',
  '›': '>',
  '〈': '<',
  '〉': '>',
  '\u2329': '<',
  '\u232a': '>',
  // A letter that is one of ASCII's in capitals: `unıon`.
  ı: 'i',
};
const LOOKALIKE = new RegExp(`[${Object.keys(LOOKALIKES).join('')}]`, 'g');
/** Signs that Windows writes as a backslash in character sets of Japan and Korea, and one that looks like it … */
const BACKSLASHES = /[¥₩⧵]/g;
/** … which are prices and formulas, unless one goes a step up. */
const STEP_UP = /\.\.[¥₩⧵]/;
const INVISIBLE = /[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]/g;
const SPACES = /[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g;

/** Drops characters that are drawn as nothing. */
export const dropInvisible = (text: string): string => text.replace(INVISIBLE, '');

/** Folds what parsers or databases take for ASCII: full-width forms, typographic quotes, odd slashes and spaces; drops invisible characters. */
export function foldLookalikes(text: string): string {
  const folded = dropInvisible(text)
    // U+560D U+560A end in the bytes of a line break, which is all that some servers keep of them.
    .replace(/\u560a\u560d|\u560d\u560a/g, '\r\n')
    .replace(LOOKALIKE, (char) => LOOKALIKES[char] ?? char)
    .normalize('NFKC')
    .replace(SPACES, ' ');
  return STEP_UP.test(folded) ? folded.replace(BACKSLASHES, '\\') : folded;
}
