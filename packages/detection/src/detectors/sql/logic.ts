import { readComparison } from './expression.ts';
import type { Add } from './signals.ts';
import type { Token, Tokens } from './tokens.ts';
import { knownCall, PROSE_WORDS_MIN, SQL_WORDS } from './vocabulary.ts';

/** What stands before a logical operator: whether a quote was closed, right before it or at all, and how many words. */
type LogicContext = { brokeOut: boolean; atBreak: boolean; words: number; prefixWords: number };

/** A condition that AND, OR or their symbols add. */
export function readLogic(text: string, tokens: Tokens, at: number, context: LogicContext, add: Add): void {
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
      (anchored &&
        left.kind === 'call' &&
        right.kind === 'call' &&
        knownCall(left.called) &&
        knownCall(right.called)) ||
      (at === 1 &&
        previous?.kind === 'number' &&
        comparison.next >= list.length &&
        symbolic(list, at, comparison.next)) ||
      (context.atBreak && symbolic(list, at, comparison.next)) ||
      (context.atBreak && left.kind !== 'name' && right.kind !== 'name') ||
      (at === 0 && cut && symbolic(list, at, comparison.next));
    // `I think 1 < 2 and 3 > 2`: prose compares numbers, too.
    if (strong && !context.atBreak && !cut && context.words >= 2 && /^[<>]$/.test(list[left.next]?.text ?? '')) {
      add('boolean-prose', token.start, end);
      return;
    }
    if (strong && context.prefixWords < 2 && (context.words < PROSE_WORDS_MIN || anchored)) {
      const trailing = list
        .slice(comparison.next)
        .filter(
          (item, index, rest) => item.kind === 'word' && !SQL_WORDS.has(item.text) && !isCompared(rest, index),
        ).length;
      if (trailing >= 2 && !context.atBreak && !cut) add('boolean-prose', token.start, end);
      else add(constant ? 'tautology' : 'boolean-break-out', token.start, end);
      return;
    }
    // Whatever an engine makes of what stands between, a value that begins with a constant or a quote and cuts the rest off is no sentence.
    const begins = context.brokeOut || /^(?:number|string|open)$/.test(list[0]?.kind ?? '');
    const cutOff = constant && cut && context.prefixWords < 2 && begins;
    // Nor is one whose quote is closed into a condition of constants, and the query's own quote cut off or used up, whatever words stand before.
    const completes = constant && context.atBreak && leavesNoQuote(list, comparison.next);
    if (cutOff || completes) add('tautology', token.start, end);
    else if (strong || constant) add('boolean-prose', token.start, end);
    return;
  }
}

/** Whether what ends before a token leaves the quote that the query goes on with in its place: it cuts that off, or opens a string with it. */
function leavesNoQuote(list: readonly Token[], at: number): boolean {
  const next = list[at];
  if (next === undefined) return lastKind(list) === 'open';
  return at === list.length - 1 && (next.kind === ';' || /^(?:--|#|\/\*)[\s+-]{0,4}(?:\w{1,4}|\*\/)?$/.test(next.text));
}

const isCompared = (list: readonly Token[], at: number) =>
  list[at - 1]?.kind === 'compare' || list[at + 1]?.kind === 'compare';

/** `a and a = …` in a filter language names a column on both sides; nothing to see. */
function sameName(list: readonly Token[], at: number): boolean {
  return list[at + 1]?.kind === 'word' && list[at + 1]?.text === list[at + 3]?.text;
}

/** Whether the comparison is by a symbol or LIKE, not by a word that prose has (`in`, `is`, `between`). */
export function symbolic(list: readonly Token[], at: number, to: number): boolean {
  return list.slice(at, to).some((item, index) => {
    if (item.kind !== 'compare') return false;
    if (item.text !== 'is') return /^(?:[=<>!]{1,3}|[ri]?like|glob|regexp)$/.test(item.text);
    return /^(?:null|not)$/.test(list[at + index + 1]?.text ?? '');
  });
}

const lastKind = (list: readonly Token[]) => list.at(-1)?.kind;
