import { pattern } from '../../text/regex.ts';
import { BINARY, NULL_TEST, isArguments, isCase, isConstants, isList, reduce } from './grammar.ts';
import { isQuery } from './query.ts';
import type { Token, Tokens } from './tokens.ts';
import { ASKS, CHOOSES, COMMON_TYPE, DATABASE_TYPE, FILLED_IN, knownCall, MATHEMATICAL, SYSTEM } from './vocabulary.ts';

/**
 * Words with a space behind each. Keywords stand for themselves, in lower case, and so do `( ) , ;`. Besides, there are
 *
 * - `Number`, `Text`, `Name`, `Variable`; `Server` for what the server fills in; `System` for a name that servers keep for themselves;
 *   `Mark` for what is no part of the language
 * - `Open`: a text that never closes, and so runs into the quote that the application puts behind the value; `Begun`: an empty one
 * - `List`, `Group`, `Query`: brackets around constants, expressions and a query; `Case`: CASE and END with what stands between them; `Select`
 *   and `Odd`: brackets around what may be a query, and around something else
 * - `Typed`: constants in a call that only databases have: `cast('b' as c)`, `coalesce(3,4)`
 * - `Call`, of a function that databases have; `Formula`, of one that calculators have, too; `Function`, of another, `FixedCall` with constants; `Called` opens a call
 *   that never closes
 * - `Sign` may stand before an operand, `Op` only between two; `Equal` tells same from other, `Cmp` compares by size and in other ways;
 *   signs without a space between them are one: `->>`, `!~*`, `^=`
 * - `Or` and `And` are `||` and `&&`; `Cast` is `::type` of a database, `Type` of other languages, too
 * - `Cut`: a comment to the end with next to nothing in it; `Hash`: one by a sign that URLs have, too; `Rest`: one that holds more
 * - `Quote`: what closes the text that the application had begun, behind what was in it: `Id` a number, `Word` a word, `Mail` an e-mail address
 *
 * and the words of expressions (`reduce`).
 */
export type Sentence = string;

/** What is open: brackets of a list or of a call, or CASE, from token `at` on, and the words before it. */
type Frame = { kind: 'brackets' | 'call' | 'case'; at: number; before: string };

/** Longer texts are told by their parts. */
const TOKENS_MAX = 80;
/** What was in the text that a value closes. More words are prose. */
const PREFIXES: readonly (readonly [RegExp, string])[] = [
  [/^[\s\\]{0,4}$/, 'Quote '],
  [/^["'`]{1,2}$/, 'Quote Quote '],
  [/^\s{0,4}[-+]?\d[\d.]{0,12}%?\s{0,2}$/, 'Id Quote '],
  [/^\s{0,4}[\w.+-]{1,40}@[\w.-]{1,60}$/, 'Mail Quote '],
  [/^\s{0,4}[\w.@%+\u0080-\uffff-]{1,24}:?$/, 'Word Quote '],
];
const OPERAND = /^(?:Sign )?(?:Number|Variable) /;
/** What is behind the operand of the query that a value ends, up to the next operand: a sign there is no sign of that one. */
const HEAD = pattern`^(?:(?:Id |Word |Mail |Quote )+(?:Cast |Type |collate Name |\) )*|(?:\) )+)(?:${BINARY}|${NULL_TEST})?`;

/** The word of what has only begun. */
const BEGUN = { brackets: '( ', call: 'Called ', case: 'case ' };
/** What runs into the quote of the application is a value of a few characters. */
const OPEN = /^['"`][\w.%@^$!*+|/=-]{0,24}\s{0,2}$/;
/** What is left after a comment sign that cuts a query off: next to nothing. */
const CUT = /^(?:(?:--|#)[^\w'"]{0,12}\w?|#\s{0,8}\w\w|\/\*.{0,4})\s{0,4}['"]?$/;
/** What tools put behind the sign to tell their requests apart: a cut as well where it follows the number of a column. */
const MARKED_CUT = /^(?:--|#)\s?\w{1,8}$/;
const BEHIND_COLUMN = /\b(?:order|group) by (?:Number (?:asc |desc )?(?:, )?)+$/;
/** Texts that are equal or not: a condition between brackets, which a question of programmers has not. */
const EQUAL_TEXTS = /^Text Equal Text $/;
/** Words of operators by sign; of those without a space between them the last in this order names them all. */
const SIGNS = ['Sign ', 'Op ', 'Cmp ', 'Equal '];

/**
 * The tokens of a text as sentences, in which brackets that belong together are one word, and expressions are. So a grammar of them needs
 * no recursion: a regular expression is enough.
 *
 * Where the text closes a quote, one sentence tells what stands behind that. Otherwise one is the whole text; where it begins with a number
 * or a variable, another one has `Id` for that, as the application puts it into its query.
 * @param brokeOut the tokens follow the quote that the text closes
 * @param keywords words that stand for themselves; others are names
 */
export function sentencesOf(
  text: string,
  tokens: Tokens,
  brokeOut: boolean,
  keywords: ReadonlySet<string>,
): Sentence[] {
  if (tokens.list.length > TOKENS_MAX) return [];
  const prefix = brokeOut ? PREFIXES.find(([shape]) => shape.test(tokens.prefix))?.[1] : '';
  if (prefix === undefined) return [];
  const words = wordsOf(text, tokens, keywords);
  if (brokeOut) return [behindOperand(prefix + words)];
  const rest = words.replace(OPERAND, 'Id ');
  return rest === words ? [behindOperand(words)] : [reduce(words), behindOperand(rest)];
}

function behindOperand(words: string): Sentence {
  const [head = ''] = HEAD.exec(words) ?? [];
  return head + reduce(words.slice(head.length));
}

/** One word per token, and one for brackets that belong together. */
function wordsOf(text: string, tokens: Tokens, keywords: ReadonlySet<string>): string {
  const { list } = tokens;
  let words = '';
  const frames: Frame[] = [];
  const open = (kind: Frame['kind'], at: number) => {
    frames.push({ kind, at, before: words });
    words = '';
  };
  /** Ends what was opened last, by its own end or, `isBegun`, by that of what is around it. */
  const close = (isBegun: boolean) => {
    const { kind, at, before } = frames.pop() as Frame;
    const name = kind === 'call' ? list[at - 1] : undefined;
    if (kind !== 'case' && isQuery(tokens, at + 1))
      words = before + (name === undefined || ASKS.test(name.text) ? 'Query ' : wordOfCall(name.text));
    else if (isBegun) words = before + BEGUN[kind] + words;
    else
      words =
        before +
        wordOfBrackets(
          kind,
          name,
          name?.end === list[at]?.start,
          EQUAL_TEXTS.test(words) ? 'Equation ' : reduce(words),
        );
  };
  // A hyphen may stand behind a comment that is to survive a trim.
  const last = list.length - (list.at(-1)?.text === '-' && list.at(-2)?.kind === 'comment' ? 2 : 1);
  let end = tokens.prefix.length;
  for (let at = 0; at <= last; at += 1) {
    const token = list[at] as Token;
    const isApart = token.start > end;
    if (isApart) words += wordOfCast(text.slice(end, token.start));
    end = token.end;
    if (token.kind === '(') {
      const name = list[at - 1];
      open(name?.kind === 'call' && !isKeyword(name, keywords) ? 'call' : 'brackets', at);
    } else if (token.kind === 'word' && token.text === 'case') {
      open('case', at);
    } else if (token.kind === 'word' && token.text === 'end' && frames.at(-1)?.kind === 'case') {
      close(false);
    } else if (token.kind === ')' && frames.some(({ kind }) => kind !== 'case')) {
      while (frames.at(-1)?.kind === 'case') close(true);
      close(false);
    } else if (at === last && MARKED_CUT.test(token.text) && BEHIND_COLUMN.test(words)) {
      words += 'Cut ';
    } else {
      const word = wordOf(token, at === last, keywords);
      const sign = SIGNS.indexOf(word);
      const before = sign === -1 || isApart ? -1 : SIGNS.findIndex((other) => words.endsWith(other));
      if (before === -1) words += word;
      else words = words.slice(0, -(SIGNS[before] as string).length) + (SIGNS[Math.max(sign, before)] as string);
    }
  }
  words += wordOfCast(text.slice(end));
  while (frames.length > 0) close(true);
  return words;
}

/** The word of brackets that hold `words`, with the name of the function that they call. */
function wordOfBrackets(kind: Frame['kind'], name: Token | undefined, isGlued: boolean, words: string): string {
  if (kind === 'case') return isCase(words) ? 'Case ' : 'Odd ';
  if (name !== undefined) {
    if (/^(?:Number|Text) as /.test(words)) return 'Typed ';
    if (CHOOSES.test(name.text) && /^(?:Number (?:, )?){2,}$/.test(words)) return 'Typed ';
    if (ASKS.test(name.text) && words.startsWith('select ')) return 'Query ';
    if (!knownCall(name.text) && isConstants(words)) return 'FixedCall ';
    // In prose there is a space before a bracket.
    return isGlued || SYSTEM.test(name.text) || isArguments(words) ? wordOfCall(name.text) : 'Odd ';
  }
  if (/^(?:Truth|FixedTruth|Equation|Case|Query|Inquiry|Call|FixedCall) $/.test(words)) return words;
  if (words.startsWith('select ')) return 'Select ';
  return isConstants(words) ? 'List ' : isList(words) ? 'Group ' : 'Odd ';
}

function wordOfCall(name: string): string {
  if (SYSTEM.test(name)) return 'System ';
  if (MATHEMATICAL.test(name)) return 'Formula ';
  return knownCall(name) ? 'Call ' : 'Function ';
}

/** The word of a cast, which is no token, by what stands between two of them. */
function wordOfCast(gap: string): string {
  if (!gap.includes('::')) return '';
  const type = /::\s{0,8}(\w+)/.exec(gap)?.[1]?.toLowerCase();
  if (type === undefined) return '';
  return DATABASE_TYPE.test(type) ? 'Cast ' : COMMON_TYPE.test(type) ? 'Type ' : 'Mark ';
}

/** Keywords that brackets may follow; other words are functions there: `left(…)`, `true()`. */
const BEFORE_BRACKETS =
  /^(?:where|having|on|not|exists|values|by|when|then|else|union|as|using|over|match|against|from|option|with|conflict|select|except|intersect|minus|exec|execute|limit|offset|interval|distinct|prior|binary)$/;
const isKeyword = ({ kind, text }: Token, keywords: ReadonlySet<string>) =>
  keywords.has(text) && (kind !== 'call' || BEFORE_BRACKETS.test(text));

function wordOf(token: Token, isLast: boolean, keywords: ReadonlySet<string>): string {
  const { text } = token;
  switch (token.kind) {
    case 'number':
      return 'Number ';
    case 'string':
      return 'Text ';
    case 'open':
      if (text.trim().length === 1) return 'Begun ';
      return OPEN.test(text) ? 'Open ' : 'Mark ';
    case 'variable':
      return text.startsWith('@@') ? 'Server ' : 'Variable ';
    case 'comment':
      if (!isLast || !CUT.test(text)) return 'Rest ';
      return text.startsWith('#') ? 'Hash ' : 'Cut ';
    case 'operator':
      if (/^[-+~!]$/.test(text)) return 'Sign ';
      if (text === ':=') return 'Equal ';
      return text.startsWith(':') ? 'Mark ' : 'Op ';
    case 'compare':
      if (/^\w/.test(text)) return `${text} `;
      return /^(?:={1,2}|!=|<=?>)$/.test(text) ? 'Equal ' : 'Cmp ';
    case 'logic':
      return text === '||' ? 'Or ' : text === '&&' ? 'And ' : `${text} `;
    case 'call':
      // The bracket behind it makes it one word.
      return isKeyword(token, keywords) ? `${text} ` : '';
    case 'word':
      if (keywords.has(text)) return `${text} `;
      if (FILLED_IN.test(text)) return 'Server ';
      return SYSTEM.test(text) ? 'System ' : 'Name ';
    case 'other':
      return 'Mark ';
    default:
      return `${token.kind} `;
  }
}
