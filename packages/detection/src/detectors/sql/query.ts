import type { Add } from './signals.ts';
import type { Token, Tokens } from './tokens.ts';
import { SQL_WORDS } from './vocabulary.ts';

/** Whether a query starts at the token: SELECT and what only SQL puts after it. */
export function isQuery(tokens: Tokens, at: number): boolean {
  const { list } = tokens;
  const head = list[at];
  if (head === undefined || (head.text !== 'select' && !/^select\w{0,12}$/.test(head.text))) return false;
  let next = at + 1;
  while (/^(?:all|distinct|distinctrow|top|sql_no_cache|straight_join)$/.test(list[next]?.text ?? '')) next += 1;
  const token = list[next];
  if (token === undefined) return list[at - 1]?.kind === '(' && list[at - 2]?.kind === 'operator';
  // `select(.price > 5)` is a filter of jq.
  if (head.kind === 'call') return list[next + 1]?.text !== '.' || list[next + 2]?.kind !== 'word';
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
        (token.text === '*' && (after === undefined || after.kind === ',' || /^from\b/.test(after.text))) ||
        // `Select - the shop` is a title.
        (/^[-+~!]$/.test(token.text) && after !== undefined && after.kind !== 'word')
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

/** A query that UNION appends. */
export function readUnion(text: string, tokens: Tokens, at: number, add: Add): void {
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
