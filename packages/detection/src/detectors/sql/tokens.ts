/** Kinds of token: `call` is a name right before `(`; `open` is a string that never closes; `comment` runs to the end. */
export type TokenKind =
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
  let at = 0;
  let prefix = '';
  if (quote !== '') {
    const close = text.indexOf(quote);
    if (close === -1) return undefined;
    prefix = text.slice(0, close);
    at = close + quote.length;
  }
  const list: Token[] = [];
  let splits = 0;
  const push = (kind: TokenKind, end: number) => {
    list.push({ kind, start: at, end, text: text.slice(at, end).toLowerCase() });
    at = end;
  };
  const lastLine = lastLineOf(text);
  while (at < text.length && list.length < TOKENS_MAX) {
    const char = text[at] as string;
    const next = text[at + 1];
    if (char <= ' ' || char === '\u00a0') {
      at += 1;
    } else if ((char === '-' && next === '-') || char === '#') {
      const end = lineEnd(text, at);
      // What goes on in the next line only had its white space written as a comment.
      if (end <= lastLine) at = end;
      else push('comment', end);
    } else if (char === '/' && next === '*') {
      const version = /^\/\*M?!\d{0,6}/.exec(text.slice(at, at + 12));
      if (version !== null) {
        splits += 1;
        at += version[0].length;
        continue;
      }
      const close = text.indexOf('*/', at + 2);
      if (close === -1) {
        push('comment', text.length);
      } else {
        splits += 1;
        at = close + 2;
      }
    } else if (char === '*' && next === '/') {
      at += 2;
    } else if (char === "'" || char === '"') {
      const close = stringEnd(text, at + 1, char);
      push(close === -1 ? 'open' : 'string', close === -1 ? text.length : close + 1);
    } else if (char === '`' || (char === '[' && /^\[[\w .]{1,40}\]/.test(text.slice(at, at + 42)))) {
      const close = text.indexOf(char === '`' ? '`' : ']', at + 1);
      push(close === -1 ? 'other' : 'word', close === -1 ? at + 1 : close + 1);
    } else if (char === '$' && dollarEnd(text, at) !== -1) {
      push('string', dollarEnd(text, at));
    } else if (char >= '0' && char <= '9') {
      push('number', numberEnd(text, at));
    } else if (char === '@' && next === '>') {
      push('compare', at + 2);
    } else if (char === '@') {
      let end = at + (next === '@' ? 2 : 1);
      while (isInWord(text, end)) end += 1;
      push('variable', end);
    } else if (isInWord(text, at)) {
      let end = at + 1;
      while (isInWord(text, end) || (text[end] === '.' && /[\w.$]/.test(text[end + 1] ?? ''))) end += 1;
      const word = text.slice(at, end).toLowerCase();
      // How a text is spelled stands right before it: in bits, digits of 16, national letters, with escapes.
      const close = text[end] === "'" && /^[xbne]$/.test(word) ? stringEnd(text, end + 1, "'") : -1;
      if (close !== -1) {
        push('string', close + 1);
        continue;
      }
      if (LOGIC.has(word)) push('logic', end);
      else if (COMPARE_WORDS.has(word) && !isFunction(word, text[end], list.at(-1))) push('compare', end);
      else push(BEFORE_ARGUMENTS.test(text.slice(end, end + 60)) ? 'call' : 'word', end);
    } else if ((char === '&' && next === '&') || (char === '|' && next === '|')) {
      push('logic', at + 2);
    } else if (char === ':' && next === ':') {
      // A cast says nothing of the operand before it.
      at += 2 + (/^(?:\s{0,8}|\/\*[^*]{0,40}\*\/){0,2}\w{1,40}/.exec(text.slice(at + 2, at + 120))?.[0].length ?? 0);
    } else if ((char === '<' && next === '@') || (char === '-' && next === '>')) {
      push('compare', at + 2);
    } else if (char === '(' || char === ')' || char === ',' || char === ';') {
      push(char, at + 1);
    } else if (char === '=' || char === '<' || char === '>' || (char === '!' && (next === '=' || next === '<'))) {
      let end = at + 1;
      while (end < at + 3 && /[=<>]/.test(text[end] ?? '')) end += 1;
      push('compare', end);
    } else if ('+-*/%^&|~!:'.includes(char)) {
      push('operator', at + (char === ':' && (next === '=' || next === ':') ? 2 : 1));
    } else {
      push('other', at + 1);
    }
  }
  return { list, match: brackets(list), prefix, splits };
}

/** LIKE, GLOB and REGEXP are functions, too, where they stand for a condition: `and glob('b*', name)`. */
const isFunction = (word: string, next: string | undefined, previous: Token | undefined) =>
  /^(?:r?like|glob|regexp)$/.test(word) && next === '(' && (previous?.kind === 'logic' || previous?.kind === '(');

/** Whether a word may hold the code unit at a place; no beyond the end. */
function isInWord(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code < 0x80 ? IN_WORD[code] === 1 : at < text.length;
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
