import type { View } from '../../views/view.ts';
import type { Detector, Signal } from '../detector.ts';
import { readComparison, readOperand } from './expression.ts';
import { tokenize, type Token, type Tokens } from './tokens.ts';
import { CATALOGUE, COMMON_CALLS, RARE_CALLS, SERVER_VARIABLE, STATEMENTS, TIME_CALLS } from './vocabulary.ts';

const SIGNALS = [
  'union-select',
  'tautology',
  'boolean-break-out',
  'boolean-prose',
  'time-call',
  'stacked-statement',
  'statement',
  'select-statement',
  'subquery',
  'order-by-probe',
  'comment-cut',
  'rare-call',
  'catalogue',
  'catalogue-name',
  'server-variable',
  'inline-comment',
  'char-chain',
  'concat-break-out',
  'quote-arithmetic',
  'quote-probe',
  'fulltext-break-out',
] as const;
type Name = (typeof SIGNALS)[number];

/** Marks of structure; a text without one is words only. */
const MARK = /['"`(|]|&&|\/\*|--|@@/;
const SPACE = /[\s\x00-\x1f]/;
/** Beside white space these are marks too. */
const MARK_AMONG_WORDS =
  /[=<>;#,*]|\b(?:select|union|order|group|waitfor|like|in|is|between|true|false|exec|drop|insert|update|delete|shutdown|having|from|into|procedure|information_schema|sys\w{2,12}|pg_\w{2,12}|sqlite_\w{4,8}|mysql)\b/i;
const hasStructure = (text: string) => MARK.test(text) || (SPACE.test(text) && MARK_AMONG_WORDS.test(text));

/** Words in a row, none of them SQL, that make a text prose. */
const PROSE_WORDS_MIN = 3;
const SQL_WORDS =
  /^(?:select|from|where|union|all|distinct|distinctrow|having|group|order|by|limit|offset|insert|into|values|update|set|delete|drop|table|as|on|join|left|right|inner|outer|when|then|else|end|case|exists|null|true|false|not|asc|desc|rownum|top|procedure|analyse|waitfor|delay|declare|exec|execute|begin|if)$/;
const CONDITION_WORDS = new Set(['where', 'having', 'when', 'on', 'not']);

/**
 * Finds SQL by structure, in the manner of libinjection: the text is tokenised as it stands and as if put inside a quoted string, and
 * signals come from the order of tokens, not from words.
 */
export const sql: Detector = {
  name: 'sql',
  signals: SIGNALS,
  gate: ["'", '"', '`', '(', '|', '&&', '/*', '--', '@@', ' ', '\0'],
  run(view: View): Signal[] {
    const { text } = view;
    if (view.json === true || !hasStructure(text)) return [];
    const found = new Map<Name, Signal>();
    const add = (name: Name, start: number, end: number) => {
      if (!found.has(name)) found.set(name, { name, start, end });
    };
    for (const quote of ['', "'", '"'] as const) {
      const tokens = tokenize(text, quote);
      if (tokens !== undefined && tokens.list.length > 0) readContext(text, tokens, quote !== '', add);
    }
    if (/^['"]\s{0,2}(?:=|<>|like|-|\+|\^|\*|&)\s{0,2}['"]/i.test(text) && text.length < 24)
      add('quote-arithmetic', 0, text.length);
    if (
      /^[\s\d]{0,4}['"][\s'"=*+^&|<>!,;()-]{2,40}$/.test(text) &&
      /['"].*['"]/.test(text) &&
      /[=*+^&|<>-]/.test(text)
    ) {
      add('quote-arithmetic', 0, text.length);
    }
    if (
      /^[\w.@ -]{0,40}(?:'|"|\\'|%27)[)'";]{0,6}$/.test(text) &&
      !/[a-z]{2}["]$/i.test(text) &&
      view.field !== 'user_agent'
    ) {
      add('quote-probe', 0, text.length);
    }
    return [...found.values()];
  },
};

type Add = (name: Name, start: number, end: number) => void;

function readContext(text: string, tokens: Tokens, brokeOut: boolean, add: Add): void {
  const { list, splits } = tokens;
  const prefixWords = (tokens.prefix.match(/[a-z]{2,}(?=\s|["',.;:!?)]|$)/gi) ?? []).length;
  let words = brokeOut ? prefixWords : 0;
  let first = 0;
  if (brokeOut) while (isCloser(list[first])) first += 1;
  let keywords = 0;
  for (let at = 0; at < list.length; at += 1) {
    const token = list[at] as Token;
    const end = Math.min(token.end + 60, text.length);
    const prose = words >= PROSE_WORDS_MIN;
    switch (token.kind) {
      case 'logic':
        readLogic(text, tokens, at, { brokeOut, atBreak: brokeOut && at === first, words, prefixWords }, add);
        break;
      case 'call':
        readCall(text, tokens, at, { prose, brokeOut, atBreak: brokeOut && at === first }, add);
        break;
      case 'variable':
        if (SERVER_VARIABLE.test(token.text) && !prose) add('server-variable', token.start, token.end);
        break;
      case 'comment':
        if (brokeOut && at === first) readCut(text, tokens, at, add);
        break;
      case ';':
        readStacked(text, tokens, at, prose, add);
        break;
      case 'operator':
        if (brokeOut && at === first && /^[+|]$/.test(token.text)) readConcat(tokens, at, add);
        break;
      case '(':
        if (isQuery(tokens, at + 1)) add('subquery', token.start, end);
        break;
      case 'word':
        readWord(text, tokens, at, { prose, brokeOut, first: at === 0 && !brokeOut }, add);
        break;
      default:
    }
    if (token.kind === 'word' && !SQL_WORDS.test(token.text)) words += 1;
    if (token.kind === 'logic' || (token.kind === 'word' && SQL_WORDS.test(token.text))) keywords += 1;
  }
  if (splits > 0 && keywords > 0) {
    const obfuscated =
      /\/\*!\d{0,6}\s{0,4}[a-z(]/i.test(text) ||
      /[\w)'"]\/\*[^*]{0,64}\*\/[\w('"]/.test(text) ||
      /^\/\*[^*]{0,64}\*\//.test(text);
    if (obfuscated && /(?:union|select|\band\b|\bor\b|from|where|order|having|sleep|insert|exec)/i.test(text))
      add('inline-comment', 0, Math.min(80, text.length));
  }
}

type LogicContext = { brokeOut: boolean; atBreak: boolean; words: number; prefixWords: number };

function readLogic(text: string, tokens: Tokens, at: number, context: LogicContext, add: Add): void {
  const { list } = tokens;
  const token = list[at] as Token;
  const previous = list[at - 1];
  const anchored =
    context.atBreak ||
    at === 0 ||
    previous === undefined ||
    previous.kind === 'number' ||
    previous.kind === 'string' ||
    previous.kind === ')' ||
    previous.kind === ';' ||
    previous.kind === 'logic' ||
    (context.words <= 1 && previous.kind === 'word');
  const comparison = readComparison(tokens, at + 1);
  const end = Math.min(text.length, (list[Math.min(list.length, comparison?.next ?? at + 2) - 1] ?? token).end);
  const tail = list[comparison?.next ?? at + 1];
  if (comparison !== undefined) {
    const { left, right } = comparison;
    const constant = left.kind === 'literal' && right.kind === 'literal' && !sameName(list, at);
    const mixed =
      (left.kind === 'literal' && (right.kind === 'call' || right.kind === 'query')) ||
      ((left.kind === 'call' || left.kind === 'query') && (right.kind === 'literal' || right.kind === 'query')) ||
      left.kind === 'query';
    const cut = lastKind(list) === 'comment' || lastKind(list) === ';';
    const strong =
      (constant && anchored) ||
      (mixed &&
        anchored &&
        (context.atBreak ||
          knownCall(left.called) ||
          knownCall(right.called) ||
          left.kind === 'query' ||
          right.kind === 'query')) ||
      (context.atBreak && symbolic(list, at, comparison.next)) ||
      (context.atBreak && left.kind !== 'name' && right.kind !== 'name') ||
      (at === 0 && cut && symbolic(list, at, comparison.next));
    if (strong && context.prefixWords < 2 && (context.words < PROSE_WORDS_MIN || anchored)) {
      const trailing = list
        .slice(comparison.next)
        .filter((item) => item.kind === 'word' && !SQL_WORDS.test(item.text)).length;
      if (trailing >= 2 && !context.atBreak && !cut) add('boolean-prose', token.start, end);
      else add(constant ? 'tautology' : 'boolean-break-out', token.start, end);
      return;
    }
    if (strong || constant) add('boolean-prose', token.start, end);
    return;
  }
  const operand = readOperand(tokens, at + 1);
  if (operand === undefined) {
    if (context.atBreak && token.text === '||') readConcat(tokens, at, add);
    return;
  }
  const after = list[operand.next];
  const endsCut = after?.kind === 'comment' || (after?.kind === ';' && list.length - operand.next <= 2);
  const value = list[at + 1];
  if (context.prefixWords >= 2) return;
  if (context.atBreak && operand.kind === 'literal') {
    const isString = value?.kind === 'string' || value?.kind === 'open';
    const spaced = value !== undefined && value.start > token.end;
    if (
      endsCut ||
      (isString && spaced && (after === undefined || after.kind === 'string' || after.kind === 'open')) ||
      after?.kind === 'logic'
    ) {
      add('boolean-break-out', token.start, end);
      return;
    }
    if (/^(?:true|false|null)$/.test(value?.text ?? '') && after === undefined)
      add('boolean-break-out', token.start, end);
  }
  if (previous?.kind === 'number' && at === 1 && /^(?:true|false)$/.test(value?.text ?? '') && after === undefined)
    add('boolean-break-out', token.start, end);
  if (
    at === 0 &&
    token.text === '||' &&
    (operand.kind === 'call' || operand.kind === 'query') &&
    (knownCall(operand.called) || operand.kind === 'query')
  ) {
    add('concat-break-out', token.start, end);
  }
  if (at === 0 && endsCut && (operand.kind === 'literal' || operand.kind === 'call'))
    add('boolean-break-out', token.start, end);
  if (anchored && operand.kind === 'call' && endsCut) add('boolean-break-out', token.start, end);
  if (context.atBreak && operand.kind === 'call' && knownCall(operand.called))
    add('boolean-break-out', token.start, end);
  if (anchored && operand.kind === 'query') add('subquery', token.start, end);
  if (
    context.atBreak &&
    token.text === '||' &&
    (operand.kind === 'call' || operand.kind === 'query' || tail?.kind === 'open' || after?.kind === 'logic')
  ) {
    add('concat-break-out', token.start, end);
  }
  if (context.atBreak && token.text === '||' && value?.kind === 'word' && /\.\w/.test(value.text))
    add('concat-break-out', token.start, end);
}

/** `a and a = …` in a filter language names a column on both sides; nothing to see. */
function sameName(list: readonly Token[], at: number): boolean {
  return list[at + 1]?.kind === 'word' && list[at + 1]?.text === list[at + 3]?.text;
}

/** Whether the comparison is by a symbol or LIKE, not by a word that prose has (`in`, `is`, `between`). */
function symbolic(list: readonly Token[], at: number, to: number): boolean {
  return list.slice(at, to).some((item, index) => {
    if (item.kind !== 'compare') return false;
    if (item.text !== 'is') return /^(?:[=<>!]{1,3}|r?like|regexp)$/.test(item.text);
    return /^(?:null|not)$/.test(list[at + index + 1]?.text ?? '');
  });
}

const lastKind = (list: readonly Token[]) => list.at(-1)?.kind;
const knownCall = (name: string) =>
  COMMON_CALLS.has(name) || RARE_CALLS.has(name) || TIME_CALLS.has(name) || name.startsWith('@@') || name === '@';
const isCloser = (token: Token | undefined) => token?.kind === ')' || token?.text === '%' || token?.kind === ';';

type CallContext = { prose: boolean; brokeOut: boolean; atBreak: boolean };

function readCall(text: string, tokens: Tokens, at: number, context: CallContext, add: Add): void {
  const { list, match } = tokens;
  const token = list[at] as Token;
  const previous = list[at - 1];
  const close = match[at + 1] ?? -1;
  const end = close === -1 ? Math.min(text.length, token.end + 60) : (list[close] as Token).end;
  const name = token.text.replace(/^.*\.(?=(?:pg_)?sleep$)/, (owner) =>
    /^(?:dbms_lock|user_lock|dbms_session)\.$/.test(owner) ? owner : 'x.',
  );
  const hasArgument = close === -1 ? list[at + 2] !== undefined : close > at + 2;
  const afterProse = previous?.kind === 'word' && !SQL_WORDS.test(previous.text);
  const next = list[close + 1];
  const beforeProse =
    at === 0 && !context.brokeOut && close !== -1 && next?.kind === 'word' && !SQL_WORDS.test(next.text);
  const glued = text[token.end] === '(';
  if (TIME_CALLS.has(name) && hasArgument && !afterProse && !beforeProse && glued) {
    const argument = list[at + 2];
    if (name !== 'generate_series' || /\d{5}/.test(text.slice(token.start, end))) {
      if (argument?.kind !== 'string' || list.length > 4) add('time-call', token.start, end);
    }
  }
  if (RARE_CALLS.has(name) && !afterProse && (hasArgument || name.includes('.'))) add('rare-call', token.start, end);
  if (/^(?:i?if|elt|make_set|ifnull|case)$/.test(name)) {
    const comparison = readComparison(tokens, at + 2);
    if (
      comparison !== undefined &&
      comparison.left.kind === 'literal' &&
      comparison.right.kind === 'literal' &&
      (list[comparison.next]?.kind === ',' || context.brokeOut)
    ) {
      add('tautology', token.start, end);
    }
    if (comparison !== undefined && knownCall(comparison.left.called) && knownCall(comparison.right.called))
      add('tautology', token.start, end);
  }
  if (name === 'exp' && list[at + 2]?.text === '~') add('rare-call', token.start, end);
  if (/^n?cha?r$/.test(name) && list[at + 2]?.kind === 'number' && close !== -1) {
    const joint = list[close + 1];
    const further = list[close + 2];
    if (
      (joint?.text === '+' || joint?.text === '||' || joint?.kind === 'operator') &&
      further !== undefined &&
      /^n?cha?r$/.test(further.text)
    )
      add('char-chain', token.start, end);
    if (joint !== undefined && further === undefined) return;
  }
  if (name === 'concat' && list[at + 2]?.text.startsWith('0x')) add('char-chain', token.start, end);
  if (name === 'select' || name === 'selectchar') {
    if (
      isQuery(tokens, at) &&
      (at === 0 ||
        previous?.kind === '(' ||
        previous?.text === 'union' ||
        previous?.text === 'all' ||
        context.brokeOut ||
        previous?.kind === 'operator')
    ) {
      if (at === 0 && !context.brokeOut) add('select-statement', token.start, end);
      else add('subquery', token.start, end);
    }
  }
  if (name === 'union') readUnion(text, tokens, at, add);
  if (context.atBreak && (name === 'union' || knownCall(name)) && name !== 'name') {
    if (RARE_CALLS.has(name) || TIME_CALLS.has(name)) add('boolean-break-out', token.start, end);
  }
  if (STATEMENTS.has(name) && (name === 'exec' || name === 'execute') && list[at + 2]?.kind === 'variable')
    add('stacked-statement', token.start, end);
}

/** Whether a query starts at the token: SELECT and what only SQL puts after it. */
function isQuery(tokens: Tokens, at: number): boolean {
  const { list } = tokens;
  const head = list[at];
  if (head === undefined || (head.text !== 'select' && !/^select\w{0,12}$/.test(head.text))) return false;
  let next = at + 1;
  while (/^(?:all|distinct|distinctrow|top|sql_no_cache|straight_join)$/.test(list[next]?.text ?? '')) next += 1;
  const token = list[next];
  if (token === undefined) return list[at - 1]?.kind === '(' && list[at - 2]?.kind === 'operator';
  if (head.kind === 'call') return true;
  const after = list[next + 1];
  switch (token.kind) {
    case 'number':
      return after === undefined || after.kind !== 'word' || SQL_WORDS.test(after.text);
    case 'string':
    case 'open':
    case 'variable':
    case 'call':
    case '(':
      return true;
    case 'operator':
      return (
        token.text !== '/' &&
        (token.text !== '*' ||
          after === undefined ||
          after.text === 'from' ||
          after.kind === ',' ||
          /^from\b/.test(after.text))
      );
    case 'word':
      if (/^(?:null|case|count|user|version)$/.test(token.text))
        return after === undefined || after.kind !== 'word' || SQL_WORDS.test(after.text);
      return (
        after !== undefined &&
        (after.kind === ',' ||
          (after.text === 'from' && list[next + 2] !== undefined) ||
          after.kind === 'operator' ||
          after.text === 'where')
      );
    default:
      return false;
  }
}

function readUnion(text: string, tokens: Tokens, at: number, add: Add): void {
  const { list } = tokens;
  let next = at + 1;
  while (list[next]?.kind === '(' || /^(?:all|distinct|distinctrow)$/.test(list[next]?.text ?? '')) next += 1;
  const head = list[next];
  if (head === undefined || !head.text.startsWith('select')) return;
  const end = Math.min(text.length, head.end + 60);
  const lone = next === list.length - 1;
  const quoted = list[0]?.kind === 'open' || list[0]?.kind === 'string' || tokens.prefix !== '' || at <= 1;
  if (isQuery(tokens, next) || (lone && quoted && next <= at + 2) || list[next + 1]?.kind === 'comment') {
    add('union-select', (list[at] as Token).start, end);
  }
}

type WordContext = { prose: boolean; brokeOut: boolean; first: boolean };

function readWord(text: string, tokens: Tokens, at: number, context: WordContext, add: Add): void {
  const { list } = tokens;
  const token = list[at] as Token;
  const previous = list[at - 1];
  const end = Math.min(text.length, token.end + 60);
  const word = token.text;
  if (word === 'union') readUnion(text, tokens, at, add);
  if (word === 'select') {
    if (context.first && isQuery(tokens, at)) {
      const from = list.slice(at, at + 40).some((item) => item.text === 'from');
      add(from ? 'select-statement' : 'statement', token.start, end);
    } else if (
      (previous?.kind === ')' || previous?.kind === 'number' || previous?.kind === 'string') &&
      isQuery(tokens, at)
    ) {
      add('subquery', token.start, end);
    } else if (
      at > 0 &&
      isQuery(tokens, at) &&
      !context.prose &&
      /select\s{1,10}[\w@*(]{1,40}.{0,80}\bfrom\b/i.test(text)
    ) {
      add('select-statement', token.start, end);
    }
  }
  if (CATALOGUE.test(word)) {
    const asked =
      previous?.text === 'from' || previous?.kind === ',' || previous?.kind === '(' || previous?.text === 'join';
    if (asked && word !== 'dual') add('catalogue', token.start, token.end);
    else if (!asked && word !== 'dual') add('catalogue-name', token.start, token.end);
  }
  if (word.endsWith('.request') && word.startsWith('utl_')) add('rare-call', token.start, token.end);
  if (
    /^(?:master\.{1,2}(?:dbo\.)?)?xp_\w{4,}$/.test(word) &&
    (previous?.text === 'exec' || previous?.text === 'execute')
  )
    add('rare-call', token.start, token.end);
  if (word === 'waitfor' && list[at + 1]?.text === 'delay') {
    if (list[at + 2]?.kind === 'string' || list[at + 2]?.kind === 'open' || list[at + 2]?.kind === 'variable')
      add('time-call', token.start, end);
  }
  if (word === 'order' || word === 'group') readOrder(text, tokens, at, context, add);
  if (CONDITION_WORDS.has(word)) {
    const comparison = readComparison(tokens, at + 1);
    const asked =
      context.brokeOut || list.slice(0, at).some((item) => /^(?:number|string|open|\)|;|comment)$/.test(item.kind));
    if (
      comparison !== undefined &&
      comparison.left.kind === 'literal' &&
      comparison.right.kind === 'literal' &&
      !context.prose &&
      (asked || word === 'when')
    ) {
      add('tautology', token.start, end);
    }
  }
  if (word === 'into' && /^(?:out|dump)file$/.test(list[at + 1]?.text ?? '')) add('rare-call', token.start, end);
  if (word === 'procedure' && /^analy[sz]e$/.test(list[at + 1]?.text ?? '')) add('rare-call', token.start, end);
  if (word === 'mode' && previous?.text === 'boolean' && list[at + 1]?.kind === ')' && context.brokeOut)
    add('fulltext-break-out', token.start, end);
  if (context.first && STATEMENTS.has(word) && word !== 'if' && word !== 'begin' && word !== 'set' && word !== 'call') {
    const rest = restOf(text, token.end);
    if (STATEMENTS.get(word)?.test(rest) === true && isWholeStatement(word, rest)) add('statement', token.start, end);
  }
  if (
    context.brokeOut &&
    at === 0 &&
    STATEMENTS.has(word) &&
    STATEMENTS.get(word)?.test(restOf(text, token.end)) === true &&
    isWholeStatement(word, restOf(text, token.end))
  ) {
    add('stacked-statement', token.start, end);
  }
}

/** The statement as far as it can be told from prose that starts with the same words. */
function isWholeStatement(word: string, rest: string): boolean {
  switch (word) {
    case 'insert':
      return /^\S* ?into \S{1,80} ?(?:\(.{0,400}\) ?)?(?:values|select)\b/.test(rest);
    case 'update':
      return /^\S{1,80} set [\w.`"[\]]{1,80} ?=/.test(rest);
    case 'delete':
      return /^from \S{1,80}(?: where .{0,80}[=<>]|;|--|$)/.test(rest);
    case 'drop':
    case 'truncate':
      return /^\w{4,10} (?:if exists )?[\w.`"[\]]{1,80} ?(?:;|--|#|\/\*)/.test(rest);
    case 'exec':
    case 'execute':
      return /^(?:master\.|xp_|sp_\w{1,40} ['@]|@|\()/.test(rest);
    case 'declare':
      return rest.startsWith('@');
    case 'create':
    case 'alter':
      return /[(;=]/.test(rest);
    default:
      return /[;(]/.test(rest);
  }
}

const restOf = (text: string, from: number) =>
  text
    .slice(from, from + 600)
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trimStart();

function readOrder(text: string, tokens: Tokens, at: number, context: WordContext, add: Add): void {
  const { list } = tokens;
  const previous = list[at - 1];
  if (list[at + 1]?.text !== 'by') return;
  const anchored =
    previous === undefined
      ? context.brokeOut || context.first
      : previous.kind === 'number' ||
        previous.kind === 'string' ||
        previous.kind === ')' ||
        previous.kind === 'operator';
  if (!anchored) return;
  const value = list[at + 2];
  const after = list[at + 3];
  const start = (list[at] as Token).start;
  const end = Math.min(text.length, start + 60);
  if (value?.kind === 'number') {
    const loose = context.first && previous === undefined;
    if (
      after?.kind === 'comment' ||
      (after?.kind === ',' && list[at + 4] !== undefined) ||
      (after === undefined && !loose)
    )
      add('order-by-probe', start, end);
  }
  if (value?.kind === 'word' && list.slice(at + 3, at + 8).some((item) => item.text === 'having'))
    add('order-by-probe', start, end);
  if ((value?.kind === 'call' && knownCall(value.text)) || value?.kind === '(') add('order-by-probe', start, end);
  if (value?.kind === 'word' && after?.kind === 'comment' && (context.brokeOut || previous?.kind === ')'))
    add('order-by-probe', start, end);
}

function readCut(text: string, tokens: Tokens, at: number, add: Add): void {
  const token = tokens.list[at] as Token;
  if (tokens.prefix.length > 48 || /\s\S{0,24}\s/.test(tokens.prefix)) return;
  const rest = token.text.replace(/^(?:--|#|\/\*)/, '').trim();
  const open = token.text.startsWith('/*');
  const short =
    rest === '' ||
    rest === '-' ||
    rest === '+' ||
    rest === '--' ||
    (rest.length <= 4 && token.text.startsWith('--') && token.text.startsWith('-- '));
  if (short || (open && rest.length <= 8)) add('comment-cut', Math.max(0, tokens.prefix.length), token.end);
  void text;
}

function readStacked(text: string, tokens: Tokens, at: number, prose: boolean, add: Add): void {
  const { list } = tokens;
  const next = list[at + 1];
  const semicolon = list[at] as Token;
  if (next === undefined) return;
  const end = Math.min(text.length, next.end + 60);
  if (next.text.startsWith('select')) {
    if (isQuery(tokens, at + 1)) add('stacked-statement', semicolon.start, end);
    return;
  }
  const shape = STATEMENTS.get(next.text);
  if (shape === undefined || prose) return;
  const rest = restOf(text, next.end);
  const loose = /^(?:waitfor|declare|exec|execute|drop|insert|delete|update|iif|truncate|shutdown)$/.test(next.text);
  if (
    shape.test(rest) &&
    (loose ||
      isWholeStatement(next.text, rest) ||
      (next.text === 'begin' && /\w[.(]/.test(rest)) ||
      (next.text === 'if' && readComparison(tokens, at + 2) !== undefined))
  ) {
    if (next.text === 'if' && !/^\([^)]{0,60}[=<>]/.test(rest)) return;
    add('stacked-statement', semicolon.start, end);
  }
}

function readConcat(tokens: Tokens, at: number, add: Add): void {
  const { list } = tokens;
  const token = list[at] as Token;
  const next = list[at + 1];
  if (next === undefined) return;
  if (isQuery(tokens, at + 2) && next.kind === '(') add('concat-break-out', token.start, next.end);
  if (next.kind === 'call' && knownCall(next.text)) add('concat-break-out', token.start, next.end);
}
