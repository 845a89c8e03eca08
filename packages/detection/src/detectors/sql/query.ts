import type { Add } from './signals.ts';
import type { Token, Tokens } from './tokens.ts';
import { SQL_WORDS } from './vocabulary.ts';

/** Whether a query starts at the token: SELECT and what only SQL puts after it. */
export function isQuery(tokens: Tokens, at: number): boolean {
  const { list } = tokens;
  const head = list[at];
  if (head === undefined || (head.text !== 'select' && !/^select\w{0,12}$/.test(head.text))) return false;
  let next = at + 1;
  while (/^(?:all|distinct|distinctrow|sql_no_cache|straight_join)$/.test(list[next]?.text ?? '')) next += 1;
  // How many rows, as SQL Server, Access and Informix say it: `TOP 1`, `TOP (1)`.
  if (/^(?:top|first|skip)$/.test(list[next]?.text ?? '')) {
    const count = list[next + 1]?.kind === '(' ? tokens.match[next + 1] : next + 1;
    if (count !== undefined && count > 0 && list[count - (list[count]?.kind === ')' ? 1 : 0)]?.kind === 'number')
      next = count + 1;
    if (next > at + 1 && list[next] === undefined) return true;
  }
  const token = list[next];
  if (token === undefined) return list[at - 1]?.kind === '(' && list[at - 2]?.kind === 'operator';
  // `select(.price > 5)` is a filter of jq.
  // Titles have labels in brackets and part their pieces by bars: `Select (US) | Shop`.
  if (head.kind === 'call') {
    const isLabel = list[next + 1]?.kind === 'word' && list[next + 2]?.kind === ')' && list[next + 3]?.text === '|';
    return !isLabel && (list[next + 1]?.text !== '.' || list[next + 2]?.kind !== 'word');
  }
  const after = list[next + 1];
  switch (token.kind) {
    case 'number':
      return after === undefined || after.kind !== 'word' || SQL_WORDS.has(after.text);
    case 'string':
    case 'open':
    case 'variable':
    case 'call':
    case '(':
      return true;
    case 'operator':
      return (
        (token.text === '*' && (after === undefined || after.kind === ',' || /^from\b/.test(after.text))) ||
        // `Select - the shop` is a title.
        (/^[-+~!]$/.test(token.text) && after !== undefined && after.kind !== 'word')
      );
    case 'word':
      if (/^(?:null|case|count|user|version)$/.test(token.text))
        return after === undefined || after.kind !== 'word' || SQL_WORDS.has(after.text);
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

/** Words that put the rows of two queries together. */
export const SET_OPERATORS = new Set(['union', 'except', 'intersect', 'minus']);

const isConstant = (token: Token | undefined) => /^(?:number|string|open|variable)$/.test(token?.kind ?? '');

/** A query that UNION or another set operator appends. */
export function readUnion(text: string, tokens: Tokens, at: number, add: Add): void {
  const { list } = tokens;
  let next = at + 1;
  while (list[next]?.kind === '(' || /^(?:all|distinct|distinctrow)$/.test(list[next]?.text ?? '')) next += 1;
  const head = list[next];
  if (head === undefined || (list[at]?.text !== 'union' && !isAppended(tokens, at, next))) return;
  // Rows spelled out: `except values(1)`.
  if (head.text === 'values' && list[next + 1]?.kind === '(' && isConstant(list[next + 2]))
    add('union-select', (list[at] as Token).start, head.end);
  // Behind a closed quote and with the rest cut off, without SELECT: how a filter is tried.
  if (
    at === 0 &&
    tokens.prefix !== '' &&
    /^--[\s+-]{0,4}$/.test(list.at(-1)?.text ?? '') &&
    list.slice(next).some(({ kind }) => /^(?:variable|call|compare|\()$/.test(kind))
  )
    add('union-select', (list[at] as Token).start, head.end);
  if (!head.text.startsWith('select')) return;
  const end = Math.min(text.length, head.end + 60);
  const lone = next === list.length - 1;
  const quoted = list[0]?.kind === 'open' || list[0]?.kind === 'string' || tokens.prefix !== '' || at <= 1;
  if (isQuery(tokens, next) || (lone && quoted && next <= at + 2) || list[next + 1]?.kind === 'comment') {
    add('union-select', (list[at] as Token).start, end);
  }
}

/**
 * Whether a set operator that is a word of prose, too, appends a query: nothing but values stand before it, as they do where a parameter is
 * put into a query, or nothing at all and the first column is a constant.
 */
function isAppended({ list, prefix }: Tokens, at: number, head: number): boolean {
  if (at === 0 && prefix === '') return list[head + 1] !== undefined && list[head + 1]?.kind !== 'word';
  return list.slice(0, at).every(({ kind }) => /^(?:number|string|variable|operator|[()])$/.test(kind));
}
