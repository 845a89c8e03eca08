/** Signals of the SQL detector. */
export const SIGNALS = [
  'union-select',
  'tautology',
  'boolean-break-out',
  'boolean-prose',
  'time-call',
  'stacked-statement',
  'statement',
  'data-statement',
  'select-statement',
  'subquery',
  'comment-cut',
  'rare-call',
  'catalogue',
  'catalogue-name',
  'server-variable',
  'inline-comment',
  'char-chain',
  'continuation',
  'expression',
  'quote-probe',
  'quote-on-id',
  'closers',
  'fragment-call',
  'fragment-condition',
  'fragment-clause',
] as const;
export type Name = (typeof SIGNALS)[number];

/** Notes a signal; the first of each name counts. */
export type Add = (name: Name, start: number, end: number) => void;
