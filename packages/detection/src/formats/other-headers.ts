import { ownCopy } from '../text/own-copy.ts';
import { unescapeField } from './quoted.ts';

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const FULL_STOP = 0x2e;
const SLASH = 0x2f;
/** More than these are read as one, so that no number of them hides one. */
const TEXTS_MAX = 64;

const PLAIN = 1;
const BLANK = 2;
const MARK = 3;
const STEP = 4;
/**
 * What a byte is: 0 is what attacks are made of. `PLAIN` are those of addresses, hosts, ids, numbers and names, and so is `STEP`, a slash,
 * unless it goes up a folder.
 */
const KINDS = new Uint8Array(256);
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:,-_=@[]+~')
  KINDS[char.charCodeAt(0)] = PLAIN;
KINDS[SPACE] = BLANK;
KINDS[QUOTE] = MARK;
KINDS[SLASH] = STEP;

/**
 * Whether bytes[from, to) are addresses, numbers, ids, names and paths that go nowhere up alone, in quotes or not. Blanks part them, and
 * within quotes stand behind commas only, as in what proxies append to X-Forwarded-For: words in a row may be a statement.
 */
export function isPlainRest(bytes: Uint8Array, from: number, to: number): boolean {
  let isQuoted = false;
  for (let at = from; at < to; at += 1) {
    const kind = KINDS[bytes[at] as number];
    if (kind === PLAIN) continue;
    if (kind === STEP) {
      if (bytes[at - 1] === FULL_STOP && bytes[at - 2] === FULL_STOP) return false;
    } else if (kind === MARK) isQuoted = !isQuoted;
    else if (kind !== BLANK || (isQuoted && bytes[at - 1] !== COMMA)) return false;
  }
  return true;
}

/** Whether one text is plain: a user's name, an address, a list of them. */
export function isPlainText(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (KINDS[code] === PLAIN) continue;
    if (code === SLASH) {
      if (text.charCodeAt(at - 1) === FULL_STOP && text.charCodeAt(at - 2) === FULL_STOP) return false;
    } else if (code !== SPACE || text.charCodeAt(at - 1) !== COMMA) return false;
  }
  return true;
}

/** A field in quotes, also one that was cut off, or a word. */
const PIECE = /"((?:[^"\\]|\\[^]?)*)"?|[^\s"]+/g;
/** `name=value; name=value`, as in a cookie: each is a text of its own. */
const PAIRS = /^[\w.~-]{1,64}=[^;]*;/;

/** What stands behind the agent, taken apart and unescaped, without what is plain; undefined where nothing is left. */
export function textsBehind(rest: string): string[] | undefined {
  if (isPlainRest(Buffer.from(rest, 'latin1'), 0, rest.length)) return undefined;
  const texts: string[] = [];
  for (const { 0: whole, 1: quoted, index } of rest.matchAll(PIECE)) {
    const start = quoted === undefined ? index : index + 1;
    const text = unescapeField(rest, start, start + (quoted ?? whole).length);
    if (PAIRS.test(text)) texts.push(...text.split(/; {0,4}/));
    else texts.push(text);
  }
  return notable(texts);
}

/** The texts that are not plain, at most a few; undefined where there is none. */
export function notable(texts: readonly string[]): string[] | undefined {
  const left = (texts.length === 1 ? texts : [...new Set(texts)]).filter((text) => !isPlainText(text));
  if (left.length > TEXTS_MAX) left.push(left.splice(TEXTS_MAX - 1).join(' '));
  return left.length === 0 ? undefined : left;
}

/** Read as fields of their own; what repeats a target, which is read as one; and those that hold nothing but secrets. */
const READ_OR_SECRET =
  /^(?:referr?er|user[-_]agent|host|cookie2?|authorization|proxy[-_]authorization)$|^request|ur[il]$|path$|query|token|secret|key|csrf|xsrf/i;

const NAMES_MAX = 1024;

/** The same answer, remembered by name; for names of which logs have few, though clients may choose them. */
export function remembered(answer: (name: string) => boolean): (name: string) => boolean {
  const known = new Map<string, boolean>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    if (known.size >= NAMES_MAX) known.clear();
    const found = answer(name);
    known.set(ownCopy(name), found);
    return found;
  };
}

/** Whether a request header of this name is one of those that are read beside Referer, User-Agent and Host. */
export const isOtherHeader = remembered((name) => !READ_OR_SECRET.test(name));

/** Headers whose attacks are plain texts that only the name tells from others, and what these headers hold otherwise. */
const TELLING: ReadonlyMap<string, RegExp> = new Map([
  ['next-action', /^[\da-f]{32,64}$/i],
  ['proxy', /^$/],
  ['range', /^\w{1,16}=(?:\d{0,16}-\d{0,16}|\d{1,16}-\d{1,16}(?:, ?\d{1,16}-\d{1,16}){0,3})$/],
  ['x-middleware-subrequest', /^$/],
]);
/** Asked first: nearly every header has a name of another length. */
const TELLING_LENGTHS: ReadonlySet<number> = new Set([...TELLING.keys()].map(({ length }) => length));
const isTelling = remembered((name) => TELLING.has(headerName(name)));

/** What logs that have a place for a header write where it did not come. */
const NOT_SENT: ReadonlySet<string> = new Set(['', '-']);

/** The header's name as HTTP/2 has it, out of that of a variable as well: `next_action`. */
const headerName = (name: string): string => name.toLowerCase().replaceAll('_', '-');

/**
 * A header's text as rules read it: as it is, or behind its name (`next-action: x`) where that tells more than the text.
 * @param name of the header or of a variable that holds it; absent where nobody knows it
 */
export function headerText(name: string | undefined, text: string): string {
  if (name === undefined || !TELLING_LENGTHS.has(name.length) || !isTelling(name) || NOT_SENT.has(text)) return text;
  const known = headerName(name);
  return TELLING.get(known)?.test(text) === true ? text : `${known}: ${text}`;
}
