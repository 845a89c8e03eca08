import { messageOf } from '@vigil/shared/text/message-of';
import { stepsFromOnePlace } from './regex-cost.ts';

/**
 * Steps that matching may take from one place of a text. Texts have up to 8,192 places, so that an expression which takes as many from
 * each is slow but ends; those that blow up are beyond it by far.
 */
const STEPS_MAX = 250_000;
/** The same for an expression that has been run on hostile texts, as they show when an estimate is too high, but not every way to reach it. */
const PROVEN_STEPS_MAX = 16_000_000;

/** Largest upper bound of a quantifier in a rule's expression. */
const REPEAT_MAX = 512;

/**
 * Says why a rule's expression may not be used, or nothing. Unbounded quantifiers are refused, as are quantified groups which
 * hold another wide quantifier, and whatever else leaves a hostile text too many ways to match.
 * @param isProven the expression has been run on hostile texts, and may take more steps by its structure
 */
export function checkRegex(source: string, isProven = false): string | undefined {
  try {
    void new RegExp(source, 'i');
  } catch (error) {
    return messageOf(error);
  }
  if (/\\[1-9]|\\k</.test(source)) return 'back-references are not allowed';
  const bare = source.replace(/\\./g, '__').replace(/\[(?:[^\]\\]|\\.)*\]/g, 'C');
  if (/[^\\(][*+]|\{\d+,\}/.test(bare)) return 'unbounded quantifier: write {0,n} or {1,n}';
  const stack: number[] = [];
  let wide = 0;
  for (let at = 0; at < bare.length; at += 1) {
    const char = bare[at];
    if (char === '(') {
      stack.push(wide);
      wide = 0;
      continue;
    }
    if (char === ')') {
      const inner = wide;
      wide = stack.pop() ?? 0;
      const repeat = /^\{(\d+)(?:,(\d+))?\}/.exec(bare.slice(at + 1));
      const times = repeat === null ? 1 : Number(repeat[2] ?? repeat[1]);
      if (times > 1 && inner > 1 && inner * times > REPEAT_MAX) {
        return `a group repeated ${times} times holds a quantifier up to ${inner}: too many ways to match`;
      }
      wide = Math.max(wide, inner * times);
      continue;
    }
    const repeat = char === '{' ? /^\{(\d+)(?:,(\d+))?\}/.exec(bare.slice(at)) : null;
    if (repeat !== null && bare[at - 1] !== ')') {
      const times = Number(repeat[2] ?? repeat[1]);
      if (times > REPEAT_MAX) return `quantifier up to ${times}: at most ${REPEAT_MAX}`;
      wide = Math.max(wide, times);
    }
  }
  const stepsMax = isProven ? PROVEN_STEPS_MAX : STEPS_MAX;
  if (stepsFromOnePlace(source) <= stepsMax) return undefined;
  return (
    `a text may match in too many ways, more than ${stepsMax} steps from one place: bound quantifiers closer, ` +
    'and let neighbours, alternatives and repeated groups begin with characters that what stands before them cannot match'
  );
}
