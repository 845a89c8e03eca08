import { readComparison } from './expression.ts';
import { symbolic } from './logic.ts';
import { isQuery, readUnion, SET_OPERATORS } from './query.ts';
import type { Add } from './signals.ts';
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
const CONDITION_WORDS = new Set(['where', 'having', 'when', 'on', 'not']);

/** What stands before a word, and whether it is the text's first. */
export type WordContext = { prose: boolean; brokeOut: boolean; first: boolean };

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

/** The end of what stands between two texts of a filter, where the next one is to come. */
const BEFORE_VALUE = /[(,=~:]\s{0,2}["']$/;

/** A keyword or a name, read with what follows it. */
export function readWord(text: string, tokens: Tokens, at: number, context: WordContext, add: Add): void {
  const { list } = tokens;
  const token = list[at] as Token;
  const previous = list[at - 1];
  const end = Math.min(text.length, token.end + 60);
  const word = token.text;
  if (SET_OPERATORS.has(word)) readUnion(text, tokens, at, add);
  if (word === 'select') {
    if (context.first && isQuery(tokens, at)) {
      const from = list.slice(at, at + 40).findIndex((item) => item.text === 'from');
      const isMade = from > 1 && (hasConstantColumn(list.slice(at + 1, at + from)) || list.at(-1)?.text === 'where');
      add(from !== -1 && !isMade ? 'select-statement' : 'data-statement', token.start, end);
    } else if (
      (previous?.kind === ')' || previous?.kind === 'number' || previous?.kind === 'string') &&
      // `'union' or 'select'?` quotes words, and `in ('open','select all')` has values that begin behind what looks like a text.
      (previous.kind !== 'string' ||
        (list[at + 1]?.kind !== 'open' && !BEFORE_VALUE.test(text.slice(previous.start, previous.end)))) &&
      isQuery(tokens, at)
    ) {
      add('subquery', token.start, end);
    } else if (
      at > 0 &&
      isQuery(tokens, at) &&
      !context.prose &&
      FROM_FOLLOWS.test(text.slice(token.start, token.start + FROM_WITHIN))
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
    (previous?.text === 'exec' || previous?.text === 'execute') &&
    /^(?:master\.{1,2}(?:dbo\.)?)?xp_\w{4,}$/.test(word)
  )
    add('rare-call', token.start, token.end);
  if (word === 'waitfor' && list[at + 1]?.text === 'delay') {
    if (list[at + 2]?.kind === 'string' || list[at + 2]?.kind === 'open' || list[at + 2]?.kind === 'variable')
      add('time-call', token.start, end);
  }
  if (CONDITION_WORDS.has(word)) {
    const comparison = readComparison(tokens, at + 1);
    const asked =
      context.brokeOut || list.slice(0, at).some((item) => /^(?:number|string|open|\)|;|comment)$/.test(item.kind));
    if (
      comparison !== undefined &&
      comparison.left.kind === 'literal' &&
      comparison.right.kind === 'literal' &&
      !context.prose &&
      // `When 'mode' is "raw"` is prose.
      (asked || (word === 'when' && (previous?.text === 'case' || symbolic(list, at + 1, comparison.next))))
    ) {
      add('tautology', token.start, end);
    }
  }
  if (
    word === 'into' &&
    /^(?:out|dump)file$/.test(list[at + 1]?.text ?? '') &&
    !/^[a-z]/.test(list[at + 2]?.text ?? '')
  )
    add('rare-call', token.start, end);
  if (word === 'procedure' && /^analy[sz]e$/.test(list[at + 1]?.text ?? '')) add('rare-call', token.start, end);
  if (context.first && STATEMENTS.has(word) && !OPENS_PROSE.test(word)) {
    const rest = restOf(text, token.end);
    if (STATEMENTS.get(word)?.test(rest) === true && isWholeStatement(word, rest))
      add(DATA_STATEMENTS.has(word) ? 'data-statement' : 'statement', token.start, end);
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
