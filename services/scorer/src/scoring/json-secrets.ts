import { encoded, isSecretName, NAME_LENGTH_MAX } from './secret-names.ts';

/** [start, end) of a secret's value in a text. */
export type SecretRange = readonly [number, number];

// .NET and PHP may write a quote within a string as `\u0022`.
const MARK = String.raw`(?:"|(?<=\\|5c)u0022|${encoded('22')})`;
/** A quote with the backslashes before it as a group, which are sought from behind lest a run of them is read from each of them. */
const QUOTED = String.raw`${MARK}(?<=((?:\\|${encoded('5c')})*)${MARK})`;
const QUOTE = new RegExp(QUOTED, 'gi');
const BLANKS = String.raw`(?:[\s+]|${encoded('20|09|0a|0d|2b')})*`;
const COLON = new RegExp(`${BLANKS}(?::|${encoded('3a')})${BLANKS}`, 'iy');
/** What follows each name: most texts, and all lines of logs, have quotes and none with a colon behind it. */
const NAME_END = new RegExp(`(?:"|22)${COLON.source}`, 'i');
/** Outside of a string. */
const NO_SECRET = new RegExp(`^${BLANKS}(?:(?:null|true|false)${BLANKS})?$`);
/** What may end a value: a quote, what opens, closes or parts the members of a document, or what stands behind the whole document. */
const TOKEN = new RegExp(
  `${QUOTED}|(?<open>[{[]|${encoded('7b|5b')})|(?<close>[}\\]]|${encoded('7d|5d')})|(?:,|${encoded('2c')})|(?<beyond>[&\\s])`,
  'gi',
);

interface Quote {
  /** With the backslashes before it. */
  start: number;
  end: number;
  length: number;
  /** Without the backslashes. */
  markLength: number;
}

/**
 * Values of JSON members that are named like secrets, of documents within strings of others too. All quotes of a document are written
 * alike, and those within its strings are longer, by an escape or an encoding: the length of a quote tells whose it is. A value that
 * never ends goes up to the next parameter and, in a line, to the next field. What a value is made of is not looked at again, which
 * keeps the work in proportion to the text.
 */
export function jsonSecretRanges(text: string, kind: 'field' | 'line'): SecretRange[] {
  const ranges: SecretRange[] = [];
  if (!NAME_END.test(text)) return ranges;
  let before: Quote | undefined;
  QUOTE.lastIndex = 0;
  for (let found = QUOTE.exec(text); found !== null; found = QUOTE.exec(text)) {
    const opening = before;
    const closing = quoteOf(found);
    before = closing;
    const start = opening === undefined ? undefined : startOfSecret(text, opening, closing);
    if (start === undefined) continue;
    // Blanks would part fields of a line whose quotes are encoded, since they would be encoded as well.
    const endsAtBlank = kind === 'line' && found[0].startsWith('%');
    QUOTE.lastIndex = addValue(ranges, text, start, closing, endsAtBlank);
    before = undefined;
  }
  return ranges;
}

function quoteOf(found: RegExpExecArray): Quote {
  const start = found.index - found[1]!.length;
  const end = found.index + found[0].length;
  return { start, end, length: end - start, markLength: found[0].length };
}

/** Where the value begins where the two quotes hold the name of a secret. */
function startOfSecret(text: string, opening: Quote, closing: Quote): number | undefined {
  if (closing.length !== opening.length || closing.start - opening.end > NAME_LENGTH_MAX) return undefined;
  const start = endOfColon(text, closing.end);
  return start !== undefined && isSecretName(text.slice(opening.end, closing.start)) ? start : undefined;
}

/** Where what stands behind a colon begins, if one is next. */
function endOfColon(text: string, at: number): number | undefined {
  COLON.lastIndex = at;
  return COLON.test(text) ? COLON.lastIndex : undefined;
}

/**
 * Adds the value that begins at `start`, a string without its quotes; of an object or an array what it holds, but not its names, which may
 * be operators of a database. Returns where it ends.
 */
function addValue(ranges: SecretRange[], text: string, start: number, nameQuote: Quote, endsAtBlank: boolean): number {
  let from = start;
  let depth = 0;
  let inString = false;
  const addUpTo = (end: number): number => {
    if (inString ? end > from : !NO_SECRET.test(text.slice(from, end))) ranges.push([from, end]);
    return end;
  };
  TOKEN.lastIndex = start;
  for (let found = TOKEN.exec(text); found !== null; found = TOKEN.exec(text)) {
    const { open, close, beyond } = found.groups!;
    const end = found.index + found[0].length;
    if (beyond !== undefined) {
      if (beyond === '&' || endsAtBlank) return addUpTo(found.index);
    } else if (found[1] !== undefined) {
      const quote = quoteOf(found);
      // A value may hold a quote that is encoded once more, and be shorter so than one that ends it, by the backslashes of that.
      if (quote.length > nameQuote.length || quote.markLength > nameQuote.markLength) continue;
      if (quote.length < nameQuote.length || (depth === 0 && quote.start !== start)) return addUpTo(quote.start);
      const colonEnd = inString ? endOfColon(text, end) : undefined;
      if (colonEnd === undefined) addUpTo(quote.start);
      from = colonEnd ?? end;
      inString = !inString;
    } else if (open !== undefined && !inString) {
      from = end;
      depth += 1;
    } else if (!inString) {
      addUpTo(found.index);
      from = end;
      if (depth === 0) return found.index;
      if (close !== undefined) depth -= 1;
      if (depth === 0) return end;
    }
  }
  return addUpTo(text.length);
}
