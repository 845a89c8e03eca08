import type { Token, Tokens } from './tokens.ts';

/** What an operand is made of: `literal` only of constants, `call` with a function call, `query` with a subquery, `name` with a column. */
type OperandKind = 'literal' | 'call' | 'query' | 'name';
type Operand = { kind: OperandKind; next: number; called: string };

const RANK: Record<OperandKind, number> = { literal: 0, name: 1, call: 2, query: 3 };
const CONSTANTS = new Set(['null', 'true', 'false']);
const CHAIN_MAX = 24;

/** Reads an operand (with its arithmetic) from token `from` on; nothing where there is none. `next` is the index after it. */
function readOperand(tokens: Tokens, from: number): Operand | undefined {
  let at = from;
  let kind: OperandKind | undefined;
  let called = '';
  for (let part = 0; part < CHAIN_MAX; part += 1) {
    const term = readTerm(tokens, at);
    if (term === undefined) break;
    kind = kind === undefined || RANK[term.kind] > RANK[kind] ? term.kind : kind;
    called = called === '' ? term.called : called;
    at = term.next;
    const token = tokens.list[at];
    if (token === undefined) break;
    if (token.kind === 'operator' || token.text === '||' || token.text === 'div') at += 1;
    else break;
  }
  return kind === undefined ? undefined : { kind, next: at, called };
}

function readTerm(tokens: Tokens, from: number): Operand | undefined {
  const { list, match } = tokens;
  let at = from;
  while (isUnary(list[at])) at += 1;
  const token = list[at];
  if (token === undefined) return undefined;
  switch (token.kind) {
    case 'string':
      return { kind: isColumn(list, token) ? 'name' : 'literal', next: at + 1, called: '' };
    case 'number':
    case 'open':
      return { kind: 'literal', next: at + 1, called: '' };
    case 'variable':
      return { kind: 'call', next: at + 1, called: token.text };
    case 'call': {
      if (token.text === 'select') return { kind: 'query', next: list.length, called: '' };
      const close = match[at + 1] ?? -1;
      return { kind: 'call', next: close === -1 ? list.length : close + 1, called: token.text };
    }
    case 'word': {
      if (token.text === 'case' || token.text === 'select') return { kind: 'query', next: list.length, called: '' };
      const kind = CONSTANTS.has(token.text) ? 'literal' : 'name';
      return { kind, next: at + 1, called: '' };
    }
    case '(': {
      const close = match[at] ?? -1;
      const inner = list[at + 1];
      const next = close === -1 ? list.length : close + 1;
      if (inner !== undefined && (inner.text === 'select' || inner.text === 'case'))
        return { kind: 'query', next, called: '' };
      const first = readTerm({ ...tokens, list: list.slice(at + 1, at + 3), match: match.slice(at + 1, at + 3) }, 0);
      return { kind: first?.kind ?? 'literal', next, called: first?.called ?? '' };
    }
    default:
      return undefined;
  }
}

const COLUMN = /^"[\p{L}_][^"'`;#]{0,60}"$/u;

/**
 * Whether a string is the name of a column, as databases quote it that keep the other quotes for values: told where the text is a whole
 * query or, from its first word on, a filter. What is compared with itself is a constant.
 */
function isColumn(list: readonly Token[], token: Token): boolean {
  if (!COLUMN.test(token.text) || (list[0]?.text !== 'select' && list[1]?.kind !== 'compare')) return false;
  const at = list.indexOf(token);
  return list[at - 2]?.text !== token.text && list[at + 2]?.text !== token.text;
}

const isUnary = (token: Token | undefined) =>
  token !== undefined &&
  ((token.kind === 'operator' && /^[-+~!]$/.test(token.text)) || token.text === 'not' || token.text === 'binary');

type Comparison = { left: Operand; right: Operand; next: number };

/** Reads `operand compare operand`, past opening brackets and NOT. */
export function readComparison(tokens: Tokens, from: number): Comparison | undefined {
  let at = from;
  while (tokens.list[at]?.kind === '(' || tokens.list[at]?.text === 'not') {
    const inner = tokens.list[at + 1];
    if (inner?.text === 'select' || inner?.text === 'case') break;
    at += 1;
  }
  const left = readOperand(tokens, at);
  if (left === undefined) return undefined;
  at = left.next;
  while (tokens.list[at]?.kind === ')') at += 1;
  if (tokens.list[at]?.text === 'not') at += 1;
  if (tokens.list[at]?.kind !== 'compare') return undefined;
  at += 1;
  while (tokens.list[at]?.text === 'not' || tokens.list[at]?.kind === 'compare') at += 1;
  // What a list is looked for in stands in brackets; prose has words in quotes there.
  if (tokens.list[at - 1]?.text === 'in' && tokens.list[at]?.kind === 'string') return undefined;
  const right = readOperand(tokens, at);
  return right === undefined ? undefined : { left, right, next: right.next };
}
