import { readComparison } from './expression.ts';
import { isQuery, readUnion } from './query.ts';
import type { Add } from './signals.ts';
import type { Token, Tokens } from './tokens.ts';
import { knownCall, RARE_CALLS, SQL_WORDS, STATEMENTS, TIME_CALLS } from './vocabulary.ts';

/** Functions that tell of the server; within another call they are asked for piece by piece. */
const SERVER_CALL =
  /^(?:version|user|database|schema|current_(?:user|database)|session_user|system_user|connection_id)$/;

/** What stands before a call. */
export type CallContext = { prose: boolean; brokeOut: boolean };

/** A function call: what it does to a database tells an attack from prose. */
export function readCall(text: string, tokens: Tokens, at: number, context: CallContext, add: Add): void {
  const { list, match } = tokens;
  const token = list[at] as Token;
  const previous = list[at - 1];
  const close = match[at + 1] ?? -1;
  const end = close === -1 ? Math.min(text.length, token.end + 60) : (list[close] as Token).end;
  const name = token.text.replace(/^.*\.(?=(?:pg_)?sleep$)/, (owner) =>
    /^(?:dbms_lock|user_lock|dbms_session)\.$/.test(owner) ? owner : 'x.',
  );
  const hasArgument = close === -1 ? list[at + 2] !== undefined : close > at + 2;
  const afterProse = previous?.kind === 'word' && !SQL_WORDS.has(previous.text);
  const next = list[close + 1];
  const beforeProse =
    at === 0 && !context.brokeOut && close !== -1 && next?.kind === 'word' && !SQL_WORDS.has(next.text);
  const argument = list[at + 2];
  // Blanks before the bracket count where SQL goes on, for words have them, too: "diet and sleep (8)".
  const called =
    text[token.end] === '(' ||
    text.startsWith('/*', token.end) ||
    (argument?.kind === 'number' &&
      /^(?:[),]|operator)$/.test(list[at + 3]?.kind ?? '') &&
      (previous?.text === 'select' || /^(?:[(,]|operator|compare)$/.test(previous?.kind ?? '')));
  const complete = name !== 'benchmark' || text.slice(token.end, end).includes(',');
  if (TIME_CALLS.has(name) && hasArgument && complete && !afterProse && !beforeProse && called) {
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
  if (
    at === 0 &&
    close !== -1 &&
    knownCall(name) &&
    list.slice(at + 2, close).some((item) => item.kind === 'call' && SERVER_CALL.test(item.text))
  )
    add('fragment-call', token.start, end);
  if (
    /^(?:substr(?:ing)?|mid|left|right|ascii|ord|hex|length|char_length|instr|locate)$/.test(name) &&
    SERVER_CALL.test(list[at + 2]?.text ?? '') &&
    list[at + 2]?.kind === 'call' &&
    !afterProse
  )
    add('rare-call', token.start, end);
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
        // Of titles, too: `Singer - Select (1982)`.
        (previous?.kind === 'operator' && list[at - 2]?.kind !== 'word'))
    ) {
      if (at === 0 && !context.brokeOut) add('select-statement', token.start, end);
      else add('subquery', token.start, end);
    }
  }
  if (name === 'union') readUnion(text, tokens, at, add);
  if (STATEMENTS.has(name) && (name === 'exec' || name === 'execute') && list[at + 2]?.kind === 'variable')
    add('stacked-statement', token.start, end);
}
