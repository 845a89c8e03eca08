import type { Add } from './signals.ts';
import type { Token, Tokens } from './tokens.ts';
import { knownCall } from './vocabulary.ts';
import type { WordContext } from './word.ts';

/** ORDER BY or GROUP BY as a probe for the number of columns. */
export function readOrder(text: string, tokens: Tokens, at: number, context: WordContext, add: Add): void {
  const { list } = tokens;
  const previous = list[at - 1];
  if (list[at + 1]?.text !== 'by') return;
  const anchored =
    previous === undefined
      ? context.brokeOut || context.first
      : previous.kind === 'number' ||
        previous.kind === 'string' ||
        previous.kind === ')' ||
        previous.kind === 'operator' ||
        // Behind a value of one word, where nothing but the cut follows the columns.
        (previous.kind === 'word' && at === 1 && cutsColumns(list, at + 2));
  if (!anchored) return;
  const value = list[at + 2];
  const after = list[at + 3];
  const start = (list[at] as Token).start;
  const end = Math.min(text.length, start + 60);
  if (value?.kind === 'number') {
    const loose = context.first && previous === undefined;
    // A whole query orders its own columns; a probe orders those of the query that it is appended to.
    const isOwn = !context.brokeOut && list[0]?.text === 'select';
    if (
      after?.kind === 'comment' ||
      (after?.kind === ',' && list[at + 4] !== undefined && !(loose && /^[a-z\d\s,]{0,60}$/i.test(text))) ||
      (after === undefined && !loose && !isOwn)
    )
      add('order-by-probe', start, end);
  }
  if (value?.kind === 'word' && list.slice(at + 3, at + 8).some((item) => item.text === 'having'))
    add('order-by-probe', start, end);
  if ((value?.kind === 'call' && knownCall(value.text)) || value?.kind === '(') add('order-by-probe', start, end);
  if (value?.kind === 'word' && after?.kind === 'comment' && (context.brokeOut || previous?.kind === ')'))
    add('order-by-probe', start, end);
}

/** Whether numbers of columns stand there, and then a comment that says nothing. */
function cutsColumns(list: Token[], at: number): boolean {
  let next = at;
  while (list[next]?.kind === 'number' && list[next + 1]?.kind === ',') next += 2;
  const comment = list[next + 1];
  return (
    list[next]?.kind === 'number' && comment?.kind === 'comment' && /^(?:--|#|\/\*)[\s+-]{0,4}$/.test(comment.text)
  );
}
