import type { EmbeddedText } from './embedded-text.ts';

/** What is in no plain member of a list. */
const ODD_CHARACTER = /[^\w.,-]/;
/** The last such character and what stands behind it. */
const ODD_END = /[^\w.,-][\w.,-]*$/;
/** A member that is a text in quotes, or a word, a measure or two words with one sign, as lists have them: `3=6`, `5'`, `'%a%'`. */
const ORDINARY_MEMBER = /^\s?(?:[\w.-]{0,40}\s?(?:["']{1,2}|[=<>]{1,2}|--)\s?[\w.]{0,40}|'[^']{0,80}'|"[^"]{0,80}")$/;

/** Whether a member of a list is no text of its own: a plain one, an operator, one in quotes or an expression of one sign. */
export const isOrdinaryMember = (text: string): boolean =>
  /^(?:[\w.-]*|[^\w\s"']{1,3})$/.test(text) || ORDINARY_MEMBER.test(text);

/** What stands behind the plain members that a list begins with, as in `4,7,8) or sleep(5`, with and without those behind it. */
export function oddMembers(text: string): EmbeddedText[] {
  const start = text.lastIndexOf(',', text.search(ODD_CHARACTER)) + 1;
  if (start === 0) return [];
  const rest = text.slice(start);
  const end = rest.indexOf(',', rest.search(ODD_END));
  const alone = end === -1 ? rest : rest.slice(0, end);
  return isOrdinaryMember(alone)
    ? []
    : Array.from(new Set([rest, alone]), (member) => ({ decoder: 'list', text: member }));
}
