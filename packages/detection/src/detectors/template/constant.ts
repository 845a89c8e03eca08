import { anyOf } from '../../text/regex.ts';

const QUOTED = /"[^"]{0,80}"|'[^']{0,80}'|`[^`]{0,80}`/g;
/** Numbers and the words for truth and nothing, the words that join and choose them, and functions of Go, which stand before them. */
const LITERAL = anyOf(
  /0x[\da-f]{1,12}|\d{1,12}(?:e[+-]?\d{1,3})?/gi,
  /(?:true|false|none|null|nil|not|and|or|in|is|if|else|mod|div)\b/gi,
  /(?:print(?:f|ln)?|html|js|urlquery|len|index|slice|eq|ne|lt|le|gt|ge)(?=\s{0,4}(?:\d|\(|$))/gi,
);
/** One of them, as words that join alone are no value. */
const VALUE = /["'`\d]|\b(?:true|false|none|null|nil)\b/i;
/** What is done to a value by name: a filter, a built-in of FreeMarker, a method or member, a test of Jinja. */
const BY_NAME = /(?:\|\s{0,4}|\?|\.|\bis\s{1,4}(?:not\s{1,4})?)[a-z_]\w{0,24}/gi;
/** Where an expression ends and the next one begins. */
const NEXT = /\}[^{}\w]{0,8}[$%]\{/g;
/** A word that a page shows where no value was, a price behind the sign of its currency, and rows of a matrix. */
const DATA = /^(?:none|null|nil|\d{1,7}[.,]\d{2}|(?=[^}]{1,80}\}\s{0,2},)[\d\s.,/{}-]{1,400})$/i;
/** A text that a page's author has translated or linked to. */
const AUTHORED =
  /^\s{0,4}["'][^"']{0,80}["']\s{0,4}\|\s{0,4}(?:translate|trans|t|i18n|localize|\w{0,20}_?url|date|safe)\b/i;

/**
 * Whether an expression is made of nothing but constants: it shows nothing of the page, only that something evaluates it.
 * `isSearched`: people search with what it stands in, where an example of a filter is a question.
 */
export function isConstant(inner: string, isSearched: boolean): boolean {
  const text = inner.trim();
  // A place that is numbered, with what else to put there, or a pair of an object whose braces were doubled.
  if (/^\{?\d{0,2}(?:$|\|)/.test(text) || /^["']?\w{1,40}["']?\s{0,4}:/.test(text) || AUTHORED.test(text)) return false;
  if (DATA.test(text)) return false;
  if (isSearched && /^["'][^"']{0,80}["']\s{0,4}\|/.test(text)) return false;
  const rest = text.replace(QUOTED, '').replace(NEXT, ',').replace(BY_NAME, '').replace(LITERAL, '');
  return VALUE.test(text) && /^[\s()[\]{},:;+*/%<>=!~&|^?.-]*$/.test(rest);
}
