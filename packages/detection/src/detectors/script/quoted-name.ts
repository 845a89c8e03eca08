import { pattern } from '../../text/regex.ts';

/** Behind a name that a text quotes between backticks: the end, or words of the text. */
const BEHIND_QUOTED = /\]|[.,;:!?)]{0,2}(?:$|\s{1,3}(?:[a-z]{1,20}(?:[\s.,:;]|$)|[`*|#-]))/i;
/** From the backtick on that ends such a name, and so begins no template literal. */
export const QUOTED_END = pattern`(?<=\`[^\`\n]{1,80}\`)(?:${BEHIND_QUOTED})`;
const QUOTED_HERE = new RegExp(QUOTED_END.source, 'iy');

/** Whether the backtick before a place ends a name that the text quotes. */
export function isQuotedEnd(text: string, at: number): boolean {
  QUOTED_HERE.lastIndex = at;
  return QUOTED_HERE.test(text);
}
