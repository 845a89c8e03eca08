export type JsonObject = Readonly<Record<string, unknown>>;

/** The texts that were parsed last: what may stand around a line is looked for first, and then the line itself is read. */
let newest: { text: string; object: JsonObject | undefined } = { text: '', object: undefined };
let older = newest;

/**
 * Parses a JSON object whose text holds one code unit per byte; strings keep that: `\u00e9`, which stands for a character, becomes
 * its UTF-8 bytes, as if it had been written raw. `\xHH`, which nginx writes into JSON without `escape=json`, is a byte. What a writer
 * should have escaped and did not is read as it stands: else whoever sends a quote would have none of his requests read.
 * @returns undefined where the text is no JSON object; nobody may change it, as it is remembered
 */
export function parseJsonObject(text: string): JsonObject | undefined {
  if (!/^\s{0,8}\{/.test(text)) return undefined;
  if (text === newest.text) return newest.object;
  if (text !== older.text) older = { text, object: readJsonObject(text) };
  [older, newest] = [newest, older];
  return newest.object;
}

function readJsonObject(text: string): JsonObject | undefined {
  const escaped = text.includes('\\u') || text.includes('\\x') ? withByteEscapes(text) : text;
  const parsed = tryParse(escaped) ?? (ENDS_OBJECT.test(text) ? tryParse(withInnerEscapes(escaped)) : undefined);
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as JsonObject) : undefined;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const ENDS_OBJECT = /\}\s{0,8}$/;
/** What a text stands behind, and what follows the quote behind it: the next key, or the end of what it stands in. */
const BEFORE_TEXT = /:\s{0,8}"/g;
const BEHIND_TEXT = /\s{0,8}(?:,\s{0,8}"[^"\\]{1,128}"\s{0,8}:|[}\]][\s}\]]{0,8}(?:,\s{0,8}["{]|$))/y;
// oxlint-disable-next-line no-control-regex -- JSON has control characters escaped
const UNESCAPED = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|["\\\u0000-\u001f]/g;

/** The text of an object with quotes, backslashes and control characters escaped that stand within its texts. */
function withInnerEscapes(text: string): string {
  let out = '';
  let copied = 0;
  BEFORE_TEXT.lastIndex = 0;
  while (BEFORE_TEXT.test(text)) {
    const start = BEFORE_TEXT.lastIndex;
    const end = textEnd(text, start);
    if (end === -1) break;
    out += text.slice(copied, start) + text.slice(start, end).replace(UNESCAPED, escapeOf);
    copied = end;
    BEFORE_TEXT.lastIndex = end + 1;
  }
  return out + text.slice(copied);
}

function textEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    BEHIND_TEXT.lastIndex = quote + 1;
    if (BEHIND_TEXT.test(text)) return quote;
  }
  return -1;
}

function escapeOf(found: string): string {
  if (found.length > 1) return found;
  return found === '"' || found === '\\' ? `\\${found}` : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** One match per escape, so that `\\u` is never taken for one; a surrogate pair is one character. */
const ESCAPE =
  /\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|[^])/g;

function withByteEscapes(text: string): string {
  return text.replace(
    ESCAPE,
    (
      whole: string,
      high: string | undefined,
      low: string | undefined,
      unit: string | undefined,
      byte: string | undefined,
    ) => {
      if (high !== undefined && low !== undefined) {
        const code = 0x1_0000 + ((Number.parseInt(high, 16) - 0xd800) << 10) + (Number.parseInt(low, 16) - 0xdc00);
        return utf8(code);
      }
      if (unit !== undefined) {
        const code = Number.parseInt(unit, 16);
        return code < 0x80 ? whole : utf8(code);
      }
      if (byte === undefined) return whole;
      const code = Number.parseInt(byte, 16);
      return code < 0x20 || code === 0x22 || code === 0x5c ? `\\u00${byte}` : String.fromCharCode(code);
    },
  );
}

function utf8(code: number): string {
  // A lone surrogate has no UTF-8; what stands for it is U+FFFD.
  const known = code >= 0xd800 && code <= 0xdfff ? 0xfffd : code;
  return Array.from(new TextEncoder().encode(String.fromCodePoint(known)), (b) => String.fromCharCode(b)).join('');
}

/** A dotted path, taken apart once: the key with the dots in it, or `head` and the path in the object that stands there. */
export interface KeyPath {
  readonly key: string;
  readonly head: string;
  readonly rest: KeyPath | undefined;
}

/** Takes a dotted path apart. */
export function keyPath(path: string): KeyPath {
  const dot = path.indexOf('.');
  return dot === -1
    ? { key: path, head: path, rest: undefined }
    : { key: path, head: path.slice(0, dot), rest: keyPath(path.slice(dot + 1)) };
}

/** The value at a path: that of the key with the dots in it, or what the object within the object has. */
export function valueAt(object: JsonObject, path: KeyPath): unknown {
  const whole = object[path.key];
  if (whole !== undefined || path.rest === undefined) return whole;
  const inner = object[path.head];
  return typeof inner === 'object' && inner !== null && !Array.isArray(inner)
    ? valueAt(inner as JsonObject, path.rest)
    : undefined;
}

/** [start, end) of the first string value in the raw text whose key ends `path`, quotes excluded. */
export function stringSpan(text: string, path: KeyPath): [number, number] | undefined {
  let last = path;
  while (last.rest !== undefined) last = last.rest;
  const quoted = `"${last.key}"`;
  for (let at = text.indexOf(quoted); at !== -1; at = text.indexOf(quoted, at + 1)) {
    let from = at + quoted.length;
    while (text.charCodeAt(from) === 0x20) from += 1;
    if (text.charCodeAt(from) !== 0x3a) continue;
    from += 1;
    while (text.charCodeAt(from) === 0x20 || text.charCodeAt(from) === 0x5b) from += 1;
    if (text.charCodeAt(from) !== 0x22) continue;
    let end = from + 1;
    while (end < text.length && text.charCodeAt(end) !== 0x22) end += text.charCodeAt(end) === 0x5c ? 2 : 1;
    if (end < text.length) return [from + 1, end];
  }
  return undefined;
}
