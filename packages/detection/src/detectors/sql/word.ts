import type { Context } from './call.ts';
import { readComparison } from './expression.ts';
import { symbolic } from './logic.ts';
import { isQuery, readUnion, SET_OPERATORS } from './query.ts';
import type { Add, Name } from './signals.ts';
import { isWholeStatement, restOf } from './statement.ts';
import type { Token, Tokens } from './tokens.ts';
import { CATALOGUE, STATEMENTS } from './vocabulary.ts';

/** Statements that people write into forums, and that consoles and reports send. */
const DATA_STATEMENTS = new Set(['insert', 'update', 'delete', 'create', 'alter']);
/** Statements whose first words open sentences and other languages, too: no evidence without what they break out of. */
const OPENS_PROSE = /^(?:if|begin|set|call|use|kill|restore|reconfigure)$/;
/** A query that names what it reads, from its first word on, and the characters within which it does. */
const FROM_FOLLOWS = /^select\s{1,10}[\w@*(].*\bfrom\b/i;
const FROM_WITHIN = 140;
/** The end of what stands between two texts of a filter, where the next one is to come. */
const BEFORE_VALUE = /[(,=~:]\s{0,2}["']$/;
const CONDITION_WORDS = new Set(['where', 'having', 'when', 'on', 'not']);
/** What a condition has before it in a query that goes on behind a value. */
const ENDS_VALUE = /^(?:number|string|open|\)|;|comment)$/;
/** A procedure of SQL Server that reaches beyond the database. */
const EXTENDED_PROCEDURE = /^(?:master\.{1,2}(?:dbo\.)?)?xp_\w{4,}$/;
/** By so many characters the signal of a word reaches beyond it. */
const AROUND = 60;

/** A keyword or a name, read with what follows it. */
export function readWord(text: string, tokens: Tokens, at: number, context: Context, add: Add): void {
  const { list } = tokens;
  const { text: word, start, end: wordEnd } = list[at] as Token;
  const end = Math.min(text.length, wordEnd + AROUND);
  if (SET_OPERATORS.has(word)) readUnion(text, tokens, at, add);
  const query = word === 'select' && isQuery(tokens, at) ? signalOfQuery(text, tokens, at, context) : undefined;
  if (query !== undefined) add(query, start, end);
  if (CATALOGUE.test(word) && word !== 'dual')
    add(isAsked(list[at - 1]) ? 'catalogue' : 'catalogue-name', start, wordEnd);
  if (isRareName(word, list[at - 1])) add('rare-call', start, wordEnd);
  if (isRareClause(list, at)) add('rare-call', start, end);
  if (word === 'waitfor' && isDelay(list, at + 1)) add('time-call', start, end);
  if (CONDITION_WORDS.has(word) && comparesConstants(tokens, at, context)) add('tautology', start, end);
  const statement = at === 0 ? signalOfStatement(text, list[at] as Token, context) : undefined;
  if (statement !== undefined) add(statement, start, end);
}

/** The signal of a query that begins at a token. */
function signalOfQuery(text: string, { list }: Tokens, at: number, { prose, brokeOut }: Context): Name | undefined {
  if (at === 0 && !brokeOut) {
    const from = list.slice(0, 40).findIndex((token) => token.text === 'from');
    const isMade = from > 1 && (hasConstantColumn(list.slice(1, from)) || list.at(-1)?.text === 'where');
    return from !== -1 && !isMade ? 'select-statement' : 'data-statement';
  }
  const { start } = list[at] as Token;
  if (isBehindValue(text, list, at)) return 'subquery';
  return at > 0 && !prose && FROM_FOLLOWS.test(text.slice(start, start + FROM_WITHIN)) ? 'select-statement' : undefined;
}

/** Whether a list of columns has a number or a variable among them, which no report asks for. */
function hasConstantColumn(columns: readonly Token[]): boolean {
  const isEdge = (token: Token | undefined) => token === undefined || token.kind === ',';
  return columns.some(
    ({ kind }, at) =>
      (kind === 'variable' || (kind === 'number' && columns.length > 1)) &&
      isEdge(columns[at - 1]) &&
      isEdge(columns[at + 1]),
  );
}

/** Whether a query follows a value, as it does where a parameter is put into another one. */
function isBehindValue(text: string, list: readonly Token[], at: number): boolean {
  const previous = list[at - 1];
  if (previous?.kind === ')' || previous?.kind === 'number') return true;
  // `'union' or 'select'?` quotes words, and `in ('open','select all')` has values that begin behind what looks like a text.
  return (
    previous?.kind === 'string' &&
    list[at + 1]?.kind !== 'open' &&
    !BEFORE_VALUE.test(text.slice(previous.start, previous.end))
  );
}

/** Whether a table is read that this stands before. */
const isAsked = (previous: Token | undefined): boolean =>
  previous?.text === 'from' || previous?.text === 'join' || previous?.kind === ',' || previous?.kind === '(';

/** Whether a name is that of a function or procedure that no ordinary value has. */
function isRareName(name: string, previous: Token | undefined): boolean {
  if (name.startsWith('utl_') && name.endsWith('.request')) return true;
  return (previous?.text === 'exec' || previous?.text === 'execute') && EXTENDED_PROCEDURE.test(name);
}

/** Whether a clause writes a file or asks MySQL to analyse a query. */
function isRareClause(list: readonly Token[], at: number): boolean {
  const word = list[at]?.text;
  const next = list[at + 1]?.text ?? '';
  if (word === 'procedure') return /^analy[sz]e$/.test(next);
  return word === 'into' && /^(?:out|dump)file$/.test(next) && !/^[a-z]/.test(list[at + 2]?.text ?? '');
}

const isDelay = (list: readonly Token[], at: number): boolean =>
  list[at]?.text === 'delay' && /^(?:string|open|variable)$/.test(list[at + 1]?.kind ?? '');

/** Whether a condition compares two constants. */
function comparesConstants(tokens: Tokens, at: number, { prose, brokeOut }: Context): boolean {
  if (prose) return false;
  const { list } = tokens;
  const comparison = readComparison(tokens, at + 1);
  if (comparison?.left.kind !== 'literal' || comparison.right.kind !== 'literal') return false;
  if (brokeOut || list.slice(0, at).some(({ kind }) => ENDS_VALUE.test(kind))) return true;
  // `When 'mode' is "raw"` is prose.
  return list[at]?.text === 'when' && (list[at - 1]?.text === 'case' || symbolic(list, at + 1, comparison.next));
}

/** The signal of a statement that a text begins with, or that follows the quote which it closes. */
function signalOfStatement(text: string, { text: word, end }: Token, { brokeOut }: Context): Name | undefined {
  const shape = STATEMENTS.get(word);
  if (shape === undefined || (!brokeOut && OPENS_PROSE.test(word))) return undefined;
  const rest = restOf(text, end);
  if (!shape.test(rest) || !isWholeStatement(word, rest)) return undefined;
  if (brokeOut) return 'stacked-statement';
  return DATA_STATEMENTS.has(word) ? 'data-statement' : 'statement';
}
