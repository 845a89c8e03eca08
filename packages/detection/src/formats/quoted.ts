const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether the character at `at` is escaped: an odd number of backslashes stands before it, looking back no further than `from`. */
function isEscaped(line: string, at: number, from: number): boolean {
  let i = at - 1;
  while (i >= from && line.charCodeAt(i) === BACKSLASH) i -= 1;
  return ((at - 1 - i) & 1) === 1;
}

/**
 * Where the quoted field that begins at `from` ends: its first unescaped quote with `follows` after it. Writers that do not escape
 * quotes are common, hence the look at what follows; where a writer does escape, the first unescaped quote always qualifies.
 * @returns index of the quote, or -1
 */
export function closingQuote(
  line: string,
  from: number,
  end: number,
  follows: (line: string, at: number, end: number) => boolean,
): number {
  for (let at = line.indexOf('"', from); at !== -1 && at < end; at = line.indexOf('"', at + 1)) {
    if (line.charCodeAt(at - 1) === BACKSLASH && isEscaped(line, at, from)) continue;
    if (follows(line, at + 1, end)) return at;
  }
  return -1;
}

/**
 * The field with the writer's quoting undone: `\xHH` (nginx, Apache), `\"` and `\\` (Apache).
 * Other backslashes stay: writers that escape nothing leave them in paths, and the engine reads `\n` and its like anyway.
 */
export function unescapeField(line: string, start: number, end: number): string {
  let at = line.indexOf('\\', start);
  if (at === -1 || at >= end) return line.slice(start, end);
  let out = '';
  let copied = start;
  while (at !== -1 && at < end) {
    const next = at + 1 < end ? line.charCodeAt(at + 1) : 0;
    if (next === QUOTE || next === BACKSLASH) {
      out += line.slice(copied, at);
      copied = at + 1;
      at = line.indexOf('\\', at + 2);
      continue;
    }
    const byte = next === 0x78 && at + 3 < end ? hexByte(line, at + 2) : -1;
    if (byte >= 0) {
      out += line.slice(copied, at) + String.fromCharCode(byte);
      copied = at + 4;
      at = line.indexOf('\\', at + 4);
    } else {
      at = line.indexOf('\\', at + 1);
    }
  }
  return out + line.slice(copied, end);
}

/** The text with `%HH` undone, for writers that encode what they write on top of what was sent. */
export function withoutPercents(text: string): string {
  let at = text.indexOf('%');
  if (at === -1) return text;
  let out = '';
  let copied = 0;
  while (at !== -1) {
    const byte = hexByte(text, at + 1);
    if (byte >= 0) {
      out += text.slice(copied, at) + String.fromCharCode(byte);
      copied = at + 3;
    }
    at = text.indexOf('%', byte >= 0 ? copied : at + 1);
  }
  return out + text.slice(copied);
}

/** Byte of two hexadecimal digits at `at`, or -1. */
function hexByte(line: string, at: number): number {
  const high = hexDigit(line.charCodeAt(at));
  const low = hexDigit(line.charCodeAt(at + 1));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 0x20;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
