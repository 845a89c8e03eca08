import { readComparison } from './expression.ts';
import { isQuery, readUnion } from './query.ts';
import type { Add } from './signals.ts';
import type { Token, Tokens } from './tokens.ts';
import { knownCall, RARE_CALLS, SQL_WORDS, TIME_CALLS } from './vocabulary.ts';

/** Functions that tell of the server; within another call they are asked for piece by piece. */
const SERVER_CALL =
  /^(?:version|user|database|schema|current_(?:user|database)|session_user|system_user|connection_id)$/;
/** Functions that choose by a condition. */
const CHOICE = /^(?:i?if|elt|make_set|ifnull|case)$/;
/** Functions that take a text apart. */
const PIECE = /^(?:substr(?:ing)?|mid|left|right|ascii|ord|hex|length|char_length|instr|locate)$/;
/** Functions that make a character of its number. */
const CHARACTER = /^n?cha?r$/;

/** Schemas that hold the functions of a system: `pg_catalog.pg_sleep` and `sys.dbms_lock.sleep` are what they are without them. */
const SYSTEM_SCHEMA = /^(?:pg_catalog|sys)\./;

/** What stands before a call or a word: so many other words that it is prose, or a quote that the text closed. */
export type Context = { prose: boolean; brokeOut: boolean };

/** A call, up to its closing bracket, or a little beyond its name where none closes. */
type Call = {
  /** Without the schema of the system. */
  readonly name: string;
  /** Index of the token that is the name, and of the closing bracket, -1 where none closes. */
  readonly at: number;
  readonly close: number;
  readonly start: number;
  readonly end: number;
  readonly previous: Token | undefined;
  /** The first token between the brackets, or the closing one. */
  readonly argument: Token | undefined;
  readonly hasArgument: boolean;
  readonly isAfterProse: boolean;
};

/** A function call: what it does to a database tells an attack from prose. */
export function readCall(text: string, tokens: Tokens, at: number, context: Context, add: Add): void {
  const call = callAt(text, tokens, at);
  const { name, start, end, argument } = call;
  if (isTimeCall(text, tokens, call, context)) add('time-call', start, end);
  if (isRareCall(call)) add('rare-call', start, end);
  if (CHOICE.test(name) && choosesByConstants(tokens, at, context)) add('tautology', start, end);
  if (isServerCallWithin(tokens, call)) add('fragment-call', start, end);
  if (isCharChain(tokens, call)) add('char-chain', start, end);
  if (name === 'select' || name === 'selectchar') readSelect(tokens, call, context, add);
  if (name === 'union') readUnion(text, tokens, at, add);
  if ((name === 'exec' || name === 'execute') && argument?.kind === 'variable') add('stacked-statement', start, end);
}

function callAt(text: string, { list, match }: Tokens, at: number): Call {
  const token = list[at] as Token;
  const previous = list[at - 1];
  const argument = list[at + 2];
  const close = match[at + 1] ?? -1;
  return {
    name: token.text.replace(SYSTEM_SCHEMA, ''),
    at,
    close,
    start: token.start,
    end: close === -1 ? Math.min(text.length, token.end + 60) : (list[close] as Token).end,
    previous,
    argument,
    hasArgument: close === -1 ? argument !== undefined : close > at + 2,
    isAfterProse: isProse(previous),
  };
}

const isProse = (token: Token | undefined): boolean => token?.kind === 'word' && !SQL_WORDS.has(token.text);

/** Whether a call makes a database wait. */
function isTimeCall(text: string, tokens: Tokens, call: Call, { brokeOut }: Context): boolean {
  const { name, at, close, start, end, argument } = call;
  if (!TIME_CALLS.has(name) || !call.hasArgument || call.isAfterProse || !isCalled(text, tokens, call)) return false;
  if (at === 0 && !brokeOut && close !== -1 && isProse(tokens.list[close + 1])) return false;
  const whole = text.slice(start, end);
  if (name === 'benchmark' && !whole.includes(',')) return false;
  if (name === 'generate_series' && !/\d{5}/.test(whole)) return false;
  // A text by itself is put to sleep in prose and programs.
  return argument?.kind !== 'string' || tokens.list.length > 4;
}

/** Whether the name is called. Blanks before the bracket count where SQL goes on, for words have them, too: "diet and sleep (8)". */
function isCalled(text: string, { list }: Tokens, { at, argument, previous }: Call): boolean {
  const { end } = list[at] as Token;
  if (text[end] === '(' || text.startsWith('/*', end)) return true;
  return (
    argument?.kind === 'number' &&
    /^(?:[),]|operator)$/.test(list[at + 3]?.kind ?? '') &&
    (previous?.text === 'select' || /^(?:[(,]|operator|compare)$/.test(previous?.kind ?? ''))
  );
}

/** Whether no ordinary value has such a call. */
function isRareCall({ name, argument, hasArgument, isAfterProse }: Call): boolean {
  if (name === 'exp' && argument?.text === '~') return true;
  if (isAfterProse) return false;
  if (RARE_CALLS.has(name) && (hasArgument || name.includes('.'))) return true;
  return PIECE.test(name) && argument?.kind === 'call' && SERVER_CALL.test(argument.text);
}

/** Whether the condition of a choice compares constants, or functions that only databases have. */
function choosesByConstants(tokens: Tokens, at: number, { brokeOut }: Context): boolean {
  const comparison = readComparison(tokens, at + 2);
  if (comparison === undefined) return false;
  const { left, right, next } = comparison;
  if (left.kind === 'literal' && right.kind === 'literal' && (brokeOut || tokens.list[next]?.kind === ',')) return true;
  return knownCall(left.called) && knownCall(right.called);
}

/** Whether a value begins with a call that asks for something of the server. */
function isServerCallWithin({ list }: Tokens, { name, at, close }: Call): boolean {
  if (at !== 0 || close === -1 || !knownCall(name)) return false;
  return list.slice(2, close).some((token) => token.kind === 'call' && SERVER_CALL.test(token.text));
}

/** Whether a text is spelled by the numbers of its characters. */
function isCharChain({ list }: Tokens, { name, close, argument }: Call): boolean {
  if (name === 'concat') return argument?.text.startsWith('0x') === true;
  if (!CHARACTER.test(name) || argument?.kind !== 'number' || close === -1) return false;
  const joint = list[close + 1];
  return (joint?.kind === 'operator' || joint?.text === '||') && CHARACTER.test(list[close + 2]?.text ?? '');
}

/** SELECT with a bracket right behind it. */
function readSelect(tokens: Tokens, { at, start, end, previous }: Call, { brokeOut }: Context, add: Add): void {
  if (!isQuery(tokens, at)) return;
  if (at === 0 && !brokeOut) {
    add('select-statement', start, end);
    return;
  }
  const isWithin =
    at === 0 ||
    brokeOut ||
    previous?.kind === '(' ||
    previous?.text === 'union' ||
    previous?.text === 'all' ||
    // Of titles, too: `Singer - Select (1982)`.
    (previous?.kind === 'operator' && tokens.list[at - 2]?.kind !== 'word');
  if (isWithin) add('subquery', start, end);
}
