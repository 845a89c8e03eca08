/** Kinds of token: `call` is a name right before `(`; `open` is a string that never closes; `comment` runs to the end. */
type TokenKind =
  | 'number'
  | 'string'
  | 'open'
  | 'word'
  | 'call'
  | 'variable'
  | 'logic'
  | 'compare'
  | 'operator'
  | 'comment'
  | '('
  | ')'
  | ','
  | ';'
  | 'other';

export type Token = { kind: TokenKind; start: number; end: number; text: string };

export type Tokens = {
  list: Token[];
  /** Index of the matching bracket by the index of a bracket; -1 where there is none. */
  match: readonly number[];
  /** Text before the quote that breaks out, in a quote context. */
  prefix: string;
  /** Comments between tokens, plain and versioned. */
  splits: number;
};

/** What may stand between a function and its arguments. */
const BEFORE_ARGUMENTS = /^(?:\s{0,8}|\/\*[^*]{0,40}\*\/){0,2}\(/;
/** The type behind the sign of a cast. */
const TYPE = /^(?:\s{0,8}|\/\*[^*]{0,40}\*\/){0,2}\w{1,40}/;
/** A comment that a server of at least this version reads as part of the query. */
const VERSIONED = /^\/\*M?!\d{0,6}/;
/** A name in brackets, as SQL Server and Access have it. */
const BRACKETED_NAME = /^\[[\w .]{1,40}\]/;
/** Tokens read per text: past this, nothing more is learnt. */
const TOKENS_MAX = 600;
const LOGIC = new Set(['and', 'or', 'xor', '&&', '||', 'div']);
const COMPARE_WORDS = new Set(['like', 'rlike', 'regexp', 'ilike', 'between', 'in', 'is', 'glob', 'sounds', 'similar']);
/** Of each code unit below 128, whether words hold it; those beyond they hold all. */
const IN_WORD = Uint8Array.from({ length: 0x80 }, (_, code) => (/[\w$]/.test(String.fromCharCode(code)) ? 1 : 0));

/**
 * Tokenises text as SQL. `quote` is the string context that the text is put into: then tokens start after the first such quote, and
 * nothing is returned where there is none.
 */
export function tokenize(text: string, quote: '' | "'" | '"' | '`' | '*/'): Tokens | undefined {
  const close = quote === '' ? 0 : text.indexOf(quote);
  if (close === -1) return undefined;
  const { list, splits } = new Tokenizer(text, close + quote.length);
  return { list, match: brackets(list), prefix: text.slice(0, close), splits };
}

/** Reads the tokens of a text from a place on. */
class Tokenizer {
  readonly list: Token[] = [];
  splits = 0;
  readonly #text: string;
  readonly #lastLine: number;
  #at: number;

  constructor(text: string, from: number) {
    this.#text = text;
    this.#lastLine = lastLineOf(text);
    this.#at = from;
    while (this.#at < text.length && this.list.length < TOKENS_MAX) this.#readNext();
  }

  /** Adds a token that reaches from where reading is to `end`. */
  #push(kind: TokenKind, end: number): void {
    const text = this.#text.slice(this.#at, end).toLowerCase();
    this.list.push({ kind, start: this.#at, end, text });
    this.#at = end;
  }

  #readNext(): void {
    const text = this.#text;
    const at = this.#at;
    const char = text[at] as string;
    const next = text[at + 1];
    if (char <= ' ' || char === '\u00a0') this.#at += 1;
    else if (char === '#' || (char === '-' && next === '-')) this.#readLineComment();
    else if (char === '/' && next === '*') this.#readComment();
    else if (char === '*' && next === '/') this.#at += 2;
    else if (char === "'" || char === '"') this.#readString(char);
    else if (char === '`' || (char === '[' && BRACKETED_NAME.test(text.slice(at, at + 42)))) this.#readQuotedName(char);
    else if (char === '$' && dollarEnd(text, at) !== -1) this.#push('string', dollarEnd(text, at));
    else if (char >= '0' && char <= '9') this.#push('number', numberEnd(text, at));
    else if (char === '@' && next !== '>') this.#push('variable', wordEnd(text, at + (next === '@' ? 2 : 1)));
    else if (isInWord(text, at)) this.#readWord();
    else this.#readSign(char, next);
  }

  #readLineComment(): void {
    const end = lineEnd(this.#text, this.#at);
    // What goes on in the next line only had its white space written as a comment.
    if (end <= this.#lastLine) this.#at = end;
    else this.#push('comment', end);
  }

  #readComment(): void {
    const version = VERSIONED.exec(this.#text.slice(this.#at, this.#at + 12));
    const close = this.#text.indexOf('*/', this.#at + 2);
    if (version === null && close === -1) {
      this.#push('comment', this.#text.length);
      return;
    }
    this.splits += 1;
    // MySQL runs what a versioned comment holds.
    this.#at = version === null ? close + 2 : this.#at + version[0].length;
  }

  #readString(quote: string): void {
    const close = stringEnd(this.#text, this.#at + 1, quote);
    if (close === -1) this.#push('open', this.#text.length);
    else this.#push('string', close + 1);
  }

  #readQuotedName(quote: string): void {
    const close = this.#text.indexOf(quote === '`' ? '`' : ']', this.#at + 1);
    if (close === -1) this.#push('other', this.#at + 1);
    else this.#push('word', close + 1);
  }

  #readWord(): void {
    const text = this.#text;
    let end = wordEnd(text, this.#at + 1);
    while (text[end] === '.' && /[\w.$]/.test(text[end + 1] ?? '')) end = wordEnd(text, end + 1);
    const word = text.slice(this.#at, end).toLowerCase();
    // How a text is spelled stands right before it: in bits, digits of 16, national letters, with escapes.
    const close = text[end] === "'" && /^[xbne]$/.test(word) ? stringEnd(text, end + 1, "'") : -1;
    if (close !== -1) this.#push('string', close + 1);
    else if (LOGIC.has(word)) this.#push('logic', end);
    else if (COMPARE_WORDS.has(word) && !isFunction(word, text[end], this.list.at(-1))) this.#push('compare', end);
    else this.#push(BEFORE_ARGUMENTS.test(text.slice(end, end + 60)) ? 'call' : 'word', end);
  }

  #readSign(char: string, next: string | undefined): void {
    const at = this.#at;
    if ((char === '&' && next === '&') || (char === '|' && next === '|')) this.#push('logic', at + 2);
    // A cast says nothing of the operand before it.
    else if (char === ':' && next === ':')
      this.#at += 2 + (TYPE.exec(this.#text.slice(at + 2, at + 120))?.[0].length ?? 0);
    else if (char === '@' || (char === '<' && next === '@') || (char === '-' && next === '>'))
      this.#push('compare', at + 2);
    else if (char === '(' || char === ')' || char === ',' || char === ';') this.#push(char, at + 1);
    else if (char === '=' || char === '<' || char === '>' || (char === '!' && (next === '=' || next === '<')))
      this.#push('compare', compareEnd(this.#text, at));
    else if ('+-*/%^&|~!:'.includes(char)) this.#push('operator', at + (char === ':' && next === '=' ? 2 : 1));
    else this.#push('other', at + 1);
  }
}

/** LIKE, GLOB and REGEXP are functions, too, where they stand for a condition: `and glob('b*', name)`. */
const isFunction = (word: string, next: string | undefined, previous: Token | undefined) =>
  /^(?:r?like|glob|regexp)$/.test(word) && next === '(' && (previous?.kind === 'logic' || previous?.kind === '(');

/** Whether a word may hold the code unit at a place; no beyond the end. */
function isInWord(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code < 0x80 ? IN_WORD[code] === 1 : at < text.length;
}

/** Where a word ends of which all before `from` is part. */
function wordEnd(text: string, from: number): number {
  let end = from;
  while (isInWord(text, end)) end += 1;
  return end;
}

/** Where an operator of comparison ends, which has three signs at most. */
function compareEnd(text: string, at: number): number {
  let end = at + 1;
  while (end < at + 3 && /[=<>]/.test(text[end] ?? '')) end += 1;
  return end;
}

/** Where the last line begins, or -1. A hyphen in it is the end of a comment that was to survive a trim. */
function lastLineOf(text: string): number {
  if (!text.includes('\n')) return -1;
  return text
    .trimEnd()
    .replace(/(?<=\s)--?$/, '')
    .trimEnd()
    .lastIndexOf('\n');
}

function brackets(list: readonly Token[]): number[] {
  const match: number[] = [];
  const stack: number[] = [];
  for (let index = 0; index < list.length; index += 1) {
    match.push(-1);
    const { kind } = list[index] as Token;
    if (kind === '(') stack.push(index);
    if (kind !== ')') continue;
    const open = stack.pop();
    if (open === undefined) continue;
    match[open] = index;
    match[index] = open;
  }
  return match;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
}

function stringEnd(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === quote) {
      if (text[at + 1] === quote && text[at + 2] !== undefined && at !== from) at += 1;
      else return at;
    }
  }
  return -1;
}

/** End of a string between dollars, as PostgreSQL has them, with a tag or without; -1 where there is none. */
function dollarEnd(text: string, at: number): number {
  const tag = /^\$(?:[a-z_]\w{0,15})?\$/i.exec(text.slice(at, at + 18))?.[0];
  if (tag === undefined) return -1;
  const close = text.indexOf(tag, at + tag.length);
  return close === -1 ? -1 : close + tag.length;
}

function numberEnd(text: string, at: number): number {
  const found =
    /^(?:0x[0-9a-f]{1,4096}|0b[01]{1,64}\b|\d{1,40}(?:\.\d{0,40})?(?:e[+-]?\d{1,4}(?![a-z])|e[+-]?\d{1,4}(?=(?:or|and|xor|union|div)\b))?)/i.exec(
      text.slice(at, at + 4100),
    );
  return at + (found?.[0].length ?? 1);
}
