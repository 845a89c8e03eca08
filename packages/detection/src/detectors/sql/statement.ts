import { readComparison } from './expression.ts';
import { isQuery } from './query.ts';
import type { Add } from './signals.ts';
import type { Token, Tokens } from './tokens.ts';
import { STATEMENTS } from './vocabulary.ts';

/** The statement as far as it can be told from prose that starts with the same words. */
export function isWholeStatement(word: string, rest: string): boolean {
  switch (word) {
    case 'insert':
      return /^\S* ?into \S{1,80} ?(?:\(.{0,400}\) ?)?(?:values|select)\b/.test(rest);
    case 'update':
      return /^\S{1,80} set [\w.`"[\]]{1,80} ?=/.test(rest);
    case 'delete':
      return /^(?:(?:low_priority|quick|ignore) )*from \S{1,80}(?: where .{0,80}[=<>]|;|--|$)/.test(rest);
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
      return /[(;=]| identified by /.test(rest);
    case 'copy':
      return /^\(|^\S{1,80} ?(?:\(.{0,200}\) ?)?(?:from|to) (?:program ?)?['"]/.test(rest);
    case 'load':
      return /\binfile\b/.test(rest);
    case 'begin':
      return /[;(]/.test(rest) || /^(?:shutdown|drop|delete|update|insert|exec|declare)\b.{0,200}\bend\b/.test(rest);
    case 'while':
    case 'backup':
    case 'restore':
    case 'bulk':
    case 'use':
    case 'kill':
    case 'reconfigure':
      return true;
    default:
      return /[;(]/.test(rest);
  }
}

/** The text after a position, in one case and with single spaces. */
export const restOf = (text: string, from: number) =>
  text
    .slice(from, from + 600)
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trimStart();

/** A statement after a semicolon. */
export function readStacked(text: string, tokens: Tokens, at: number, prose: boolean, add: Add): void {
  const { list } = tokens;
  const next = list[at + 1];
  const semicolon = list[at] as Token;
  if (next === undefined) return;
  const end = Math.min(text.length, next.end + 60);
  if (next.text.startsWith('select')) {
    // Sentences go on with a choice: `… to eleven; select "Accept" or "Decline"`.
    const isChoice = prose && list[at + 2]?.kind === 'string';
    // Consoles and dashboards send several queries at once; nothing is broken out of where the first one is whole, too.
    const isBatch =
      /^(?:use|show|with|explain)$/.test(list[0]?.text ?? '') || (list[0]?.text === 'select' && isQuery(tokens, 0));
    if (!isChoice && !isBatch && isQuery(tokens, at + 1)) add('stacked-statement', semicolon.start, end);
    return;
  }
  const shape = STATEMENTS.get(next.text);
  if (shape === undefined || prose) return;
  const rest = restOf(text, next.end);
  const loose = /^(?:waitfor|declare|exec|execute|drop|insert|delete|update|iif|truncate|shutdown|rename)$/.test(
    next.text,
  );
  if (
    shape.test(rest) &&
    (loose ||
      isWholeStatement(next.text, rest) ||
      (next.text === 'begin' && /\w[.(]/.test(rest)) ||
      (next.text === 'if' && readComparison(tokens, at + 2) !== undefined))
  ) {
    if (next.text === 'if' && !/^(?:\([^)]{0,60}[=<>]|\d{1,6} ?[=<>])/.test(rest)) return;
    add('stacked-statement', semicolon.start, end);
  }
}
