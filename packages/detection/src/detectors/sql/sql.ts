import { anyOf, anyWord, pattern } from '../../text/regex.ts';
import { words } from '../../text/words.ts';
import { isSearchParameter } from '../../views/search-phrase.ts';
import type { View } from '../../views/view.ts';
import { Found, type Detector, type Signal } from '../detector.ts';
import { readCut } from './break-out.ts';
import { readCall } from './call.ts';
import { readFragment } from './fragment.ts';
import { readLogic } from './logic.ts';
import { isQuery } from './query.ts';
import { SIGNALS, type Add, type Name } from './signals.ts';
import { readStacked } from './statement.ts';
import { tokenize, type Token, type Tokens } from './tokens.ts';
import { CATALOGUE_WORDS, PROSE_WORDS_MIN, SERVER_VARIABLE, SQL_WORDS } from './vocabulary.ts';
import { readWord } from './word.ts';

/** Parameters that name one thing of many, whose values have no quotes. */
const IDENTIFIES =
  /^(?:\w{0,24}[._-]?(?:id|uid|pid|gid|nr|num|no|number|idx|page|pg|cat\w{0,8}|item|art\w{0,6}|prod\w{0,6}|order\w{0,4}|sort|limit|offset|year|month|code|user|lang|view|type|action|mode))$/i;
const QUOTED_ID = /^-?[\w-]{1,16}%?(?:['"`]{1,2}|\\['"])[)]{0,3};?$/;
/** Words of a query kept apart by tabs and breaks alone. */
const SPACED_ODDLY = /^\s{0,4}select(?:[\t\n\v\f\r]{1,8}[^\s]{1,60}){1,2}[\t\n\v\f\r]{1,8}from[\t\n\v\f\r]/i;
/** The first word of a query as people write it. */
const WRITTEN = /^\s{0,4}(?:SELECT|[Ss]elect)\b/;
const OPEN_NUMBER = /^'\d{1,16}$/;
const OPEN_ID = /^['"]-?\d{1,16}$/;
/** Short years are written with an apostrophe. */
const SHORTENS = /year|nr|num|no|number|decade|season$/i;
/** Numbers that spreadsheets are kept from reading as such by a quote before them. */
const DIALLED = /tel|phone|mobil|fax|zip|plz|post|iban|account|card|code|sku|isbn|ean/i;
/** A whole number and the quote that would close it, in a parameter whose numbers are not feet, minutes or what people type. */
const QUOTED_NUMBER = /^-?\d{1,12}'\){0,3};?$/;
const MEASURES =
  /height|width|length|size|depth|tall|feet|ft|dist|lat|lon|lng|coord|min|time|dur|angle|deg|area|scale|radius|range|from|to$/i;
/** Quotes of both kinds, or quotes and brackets, with hardly a word around: what breaks out of whatever it is put into. */
const QUOTE_ONLY =
  /^(?!(?:''|"")$)(?:['"`]{1,2}|\\['"]?)[);]{0,2}$|^[\w-]{0,10}(?:'"|"'|'\(|\\['"])[^a-z\s]{0,40}[\w]{0,6}$/;
/** A quote and brackets closed that the value did not open, behind one word at most. */
const CLOSERS = /^[\w.@%-]{0,16}['"]{1,2}\){1,6}[;'"]?$/;
/** The same behind a number, where a semicolon or the other quote is enough. */
const NUMBER_CLOSERS = /^-?\d{1,9}(?:['"];|'"|"')$/;
/** Parameters that set what stands between fields or around them. */
const DELIMITER = /delim|quote|separator|enclos|escape|^sep$/i;
/** Marks between quotes, and nothing else. */
const QUOTED_MARKS = /^\s{0,4}(["'])[^\w"'`\\\x80-\uffff]{1,4}\1\s{0,4}$/;
/**
 * A formula of one-letter names, some with primes that no letter follows: `y'' + 2y' = 0`. None has a comment, nor a bracket that closes
 * before one opens.
 */
const DERIVATIVE =
  /^(?=[^']{0,40}[a-z]')(?!.{0,80}(?:--|\/\*)|[^(]{0,80}\))(?:[\d\s+*/^=().-]|(?<![a-z])(?:[a-z]|[xytu]{2})'{0,3}(?![a-z\d'])){3,80}$/i;
/** A pipe fitting by its size in inches, as shops are searched for one: `3/4" x 1/2" union`. */
const FITTING = /^\s{0,4}(?:\d[\d/. -]{0,12}"\s{1,2}(?:x\s{1,2})?){1,3}union\s{0,4}$/i;
/** Parameters that hold a condition or a formula by rights, as services of maps, of open data and of figures have them. */
const CONDITION_PARAMETER =
  /^(?:\$?(?:where|filter|having|select)|(?:cql|attribute|layer)_?(?:filter|defs?)|definitionexpression|expr(?:ession)?|formula|equation)$/i;
/** A condition from its first operand to its last, with nothing that joins it to one before or cuts one off behind. */
const WHOLE_CONDITION = /^(?!(?:and|or|xor|not\s{0,4}\(|having|where)\b)[\w(][^;#`]{0,400}[\w')"]$/i;
/** A column read in one case or by a part of its date, as such conditions have it; nothing else is called. */
const READ_COLUMN = /\b(?:upper|lower|trim|year|month|day|date)\(\s{0,2}[a-z_][\w.]{0,60}\s{0,2}\)/gi;
/** What a language of filters has before the quote that opens a text: `title:"…"`. */
const FIELD = /[\w)][~:]$/;
/**
 * One word that people put into quotes to find it as it stands, also where it is an operator; or a name with a hash or two hyphens,
 * behind which a comment would hide the quote that belongs to the first one: `"C#"`, `"my--slug"`.
 */
const QUOTED_WORD =
  /^\s{0,4}(?:(["'`])[a-z]{2,12}\1|"(?!(?:x?or|and|union|having|order|group|limit|like|div|mod|as)\b)[a-z][\w.+]{0,24}(?:#|--[a-z0-9][\w-]{0,40})")\s{0,4}$/i;
/** One text compared with itself, or two of one letter or of digits, without a blank; others may be a name and its value, or a question. */
const COMPARES_TEXTS = /^(['"])(?:(.{1,40})\1=\1\2|(?:[a-z]|\d{1,9})\1=\1(?:[a-z]|\d{1,9}))\1$/i;
/** Marks of structure; a text without one is words only. */
const MARK =
  /['"`(|]|&&|::(?:int|big|small|num|varchar|bytea|jsonb|reg|timestamptz)|\d[!<>]?=|\/\*|\*\/|--|@@|;(?:#|drop|truncate|exec)|^\s*select[-+!~]|\){6}/i;
/** A query within another, told of by its keywords: nothing before it that a value could be. */
const NAMED_QUERY =
  /^\s{0,4}(?:(?:where\s{1,4})?(?:not\s{1,4})?(?:in|exists)|where|select|any|all)\s{0,4}\((?!.{0,200}(?:--|#|[;'"`]|@@|sleep|benchmark|concat|char|schema|pg_|sys)).{0,200}$/i;
/** A query from its first word on, or from a name that it gives another one. */
const REPORT = /^\s{0,4}(?:select\s|with\s{1,4}\w{1,40}\s{1,4}as\s{0,4}\()/i;
/** Where consoles of databases keep the statement that they show again for editing, … */
const CONSOLE_PARAMETER = /^(?:sql_?(?:query|text|statement)?|stmt|statement)$/i;
/** … and one that makes or changes a table, with nothing put behind it. */
const DEFINITION = pattern`^(?!.{0,400}(?:--|#|\/\*|;\s{0,4}\S))\s{0,4}${anyOf(
  /create\s{1,4}(?:temporary\s{1,4})?table\s{1,4}(?:if\s{1,4}not\s{1,4}exists\s{1,4})?[\w`".]{1,130}\s{0,4}\(/is,
  /alter\s{1,4}table\s{1,4}[\w`".]{1,130}\s{1,4}(?:add|alter|change|comment|convert|drop|engine|modify|order|owner|rename)\b/is,
)}`;
const SPACE = /[\s\x00-\x1f]/;
/** Beside white space these are marks too. */
const MARK_AMONG_WORDS = pattern`[=<>;#,*]|\b(?:${anyOf(
  anyWord(
    `select union order group waitfor like in is between null true false from into having limit offset regexp when procedure
    exec declare set drop insert update delete create alter truncate shutdown`,
  ),
  /session_user|system_user|current_\w{4,9}|localtime\w{0,5}|utc_\w{4,9}|sysdate|rownum/i,
  /information_schema|sys\w{2,12}|pg_\w{2,12}|sqlite_\w{4,8}|mysql/i,
)})\b`;
/** What opens the gate by itself, and the words and signs of `MARK_AMONG_WORDS` that do so beside white space. */
const GATE_MARKS =
  words(`' " \` ( )))))) | && /* */ -- @@ <> <=> != 0= 1= 2= 3= 4= 5= 6= 7= 8= 9= ::int ::big ::small ::num ::varchar
  ::bytea ::jsonb ::reg ::timestamptz ;truncate ;drop ;exec .e. ;# select- select! select~ select+`);
const GATE_WORDS =
  words(`= < > ; # , * select union order group waitfor like between null true false from into having limit offset regexp when procedure
  exec declare set<space> drop insert update delete create alter truncate shutdown session_user system_user current_ localtime utc_
  sysdate rownum mysql <space>in <space>is`);
/** What a query may have begun where a value stands in it, by what ends that. */
const CONTEXTS = ['', "'", '"', '`', '*/'] as const;
const hasStructure = (text: string) => MARK.test(text) || (SPACE.test(text) && MARK_AMONG_WORDS.test(text));

/**
 * Finds SQL by structure, in the manner of libinjection: the text is tokenised as it stands and as if put inside a quoted string, and
 * signals come from the order of tokens, not from words.
 */
export const sql: Detector = {
  name: 'sql',
  signals: SIGNALS,
  gate: [...GATE_MARKS, '<space>'],
  gateWith: [...GATE_MARKS, ...GATE_WORDS, ...CATALOGUE_WORDS],
  run(view: View): Signal[] {
    const belongs = CONDITION_PARAMETER.test(view.name ?? '') && WHOLE_CONDITION.test(view.text);
    // Signals keep their place where the column stands as wide as what reads it.
    const text = belongs ? view.text.replace(READ_COLUMN, (call) => 'c'.repeat(call.length)) : view.text;
    const isShown = CONSOLE_PARAMETER.test(view.name ?? '') && DEFINITION.test(text);
    const found = new Found();
    const add = (name: Name, start: number, end: number) => {
      if (isShown && name === 'fragment-clause') return;
      if (belongs && (name === 'fragment-condition' || name === 'fragment-clause')) return;
      found.add(name, start, end);
    };
    const isTail = view.field === 'path' && view.decoded.includes('tail');
    if (
      !hasStructure(text) ||
      isQuotedMark(view) ||
      (isSearchParameter(view.name) && (FITTING.test(text) || DERIVATIVE.test(text)))
    )
      return [];
    for (const quote of CONTEXTS) {
      const tokens = tokenize(text, quote);
      if (tokens === undefined || tokens.list.length === 0) continue;
      if (quote === '"' && FIELD.test(tokens.prefix)) continue;
      // Patterns of paths close comments, too: only a value that goes on as SQL is one that closes what the query has opened.
      if (quote === '*/' && text.includes('/*')) continue;
      if (quote !== '*/')
        readContext(text, view.field === 'user_agent' ? { ...tokens, prefix: '' } : tokens, quote !== '', add);
      if ((view.field === 'path' && !isTail) || view.isQuery) continue;
      if (!QUOTED_WORD.test(text)) readFragment(text, tokens, quote !== '', add);
    }
    if (COMPARES_TEXTS.test(text)) add('fragment-condition', 0, text.length);
    const select = found.signals.find(({ name }) => name === 'select-statement');
    const isReport = select !== undefined && REPORT.test(text);
    const isNamed = isSearchParameter(view.name) && (isReport || NAMED_QUERY.test(text));
    const isHidden = (SPACED_ODDLY.test(text) || isMixedCase(text)) && !isSearchParameter(view.name);
    if (select !== undefined && view.parameter !== 'code' && (isHidden || IDENTIFIES.test(view.parameter ?? '')))
      add('statement', select.start, select.end);
    const isQuote = DELIMITER.test(view.name ?? '');
    if (view.field === 'param_value' && !isQuote && (QUOTE_ONLY.test(text) || isQuotedId(text, view)))
      add('quote-on-id', 0, text.length);
    if (view.field === 'param_value' && !isQuote && (CLOSERS.test(text) || NUMBER_CLOSERS.test(text)))
      add('closers', 0, text.length);
    if (
      /^[\w.@ -]{0,40}(?:'|"|\\'|%27)[)'";]{0,6}$/.test(text) &&
      !/[a-z]{2}["]$/i.test(text) &&
      view.field !== 'user_agent'
    ) {
      add('quote-probe', 0, text.length);
    }
    return isNamed ? found.signals.filter(({ name }) => name !== 'subquery') : found.signals;
  },
};

/** Whether a text is a mark that people search for as it stands, or that fields are parted by: `"->"`, `sep='|'`. */
const isQuotedMark = ({ name, text }: View): boolean =>
  QUOTED_MARKS.test(text) && (DELIMITER.test(name ?? '') || (isSearchParameter(name) && text.includes('"')));

/** Whether a query begins in letters of changing size, so that a comparison by case misses it. */
const isMixedCase = (text: string) => /^\s{0,4}select\b/i.test(text) && !WRITTEN.test(text);

/** Whether a value that names one thing of many begins or ends with a quote. */
function isQuotedId(text: string, { name, parameter = '' }: View): boolean {
  if (IDENTIFIES.test(parameter)) return QUOTED_ID.test(text) || (OPEN_ID.test(text) && !SHORTENS.test(parameter));
  if (MEASURES.test(parameter) || isSearchParameter(name)) return false;
  return QUOTED_NUMBER.test(text) || (OPEN_NUMBER.test(text) && !SHORTENS.test(parameter) && !DIALLED.test(parameter));
}

function readContext(text: string, tokens: Tokens, brokeOut: boolean, add: Add): void {
  const { list, splits } = tokens;
  const prefixWords = countWords(tokens.prefix);
  let wordCount = brokeOut ? prefixWords : 0;
  let first = 0;
  if (brokeOut) while (isCloser(list[first])) first += 1;
  let keywords = 0;
  for (let at = 0; at < list.length; at += 1) {
    const token = list[at] as Token;
    const end = Math.min(token.end + 60, text.length);
    const prose = wordCount >= PROSE_WORDS_MIN;
    switch (token.kind) {
      case 'logic':
        readLogic(
          text,
          tokens,
          at,
          { brokeOut, atBreak: brokeOut && at === first, words: wordCount, prefixWords },
          add,
        );
        break;
      case 'call':
        readCall(text, tokens, at, { prose, brokeOut }, add);
        break;
      case 'variable':
        if (SERVER_VARIABLE.test(token.text) && !prose) add('server-variable', token.start, token.end);
        break;
      case 'comment':
        if (brokeOut && at === first) readCut(tokens, at, add);
        break;
      case ';':
        readStacked(text, tokens, at, prose, add);
        break;
      case '(':
        if (isQuery(tokens, at + 1)) add('subquery', token.start, end);
        break;
      case 'word':
        readWord(text, tokens, at, { prose, brokeOut }, add);
        break;
      default:
    }
    if (token.kind === 'word' && !SQL_WORDS.has(token.text)) wordCount += 1;
    if (token.kind === 'logic' || (token.kind === 'word' && SQL_WORDS.has(token.text))) keywords += 1;
  }
  if (splits > 0 && keywords > 0) {
    const obfuscated =
      /\/\*M?!\d{0,6}\s{0,4}[a-z(]/i.test(text) ||
      /[\w)'"]\/\*[^*]{0,64}\*\/[\w('"]/.test(text) ||
      /^\/\*[^*]{0,64}\*\//.test(text);
    if (obfuscated && /(?:union|select|\band\b|\bor\b|from|where|order|having|sleep|insert|exec)/i.test(text))
      add('inline-comment', 0, Math.min(80, text.length));
  }
}

/** Words before a quote; an e-mail address or a name with dots is one. */
function countWords(prefix: string): number {
  const count = (prefix.match(/(?<![a-z])[a-z]{2,}(?=\s|["',.;:!?)]|$)/gi) ?? []).length;
  return /[\s,]/.test(prefix) ? count : Math.min(count, 1);
}

const isCloser = (token: Token | undefined) => token?.kind === ')' || token?.text === '%' || token?.kind === ';';
