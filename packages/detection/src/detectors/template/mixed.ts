/** What opens in different engines; those of one engine are one. */
const FAMILIES = [/(?<!\$)\{(?:[{#]|%)/, /\$\{\{/, /\$\{(?!\{)|<#/, /(?<!\{)#\{/, /<%/, /[*@]\{|@[*(]/];
/** A name that waits to be filled in, and rows of a matrix. */
const FILLED_IN =
  /\{\{[\d\s.,/-]{1,80}\}(?:\s?,\s?\{[\d\s.,/-]{1,80}\}){1,16}\}|\{{2,3}\s{0,4}[.$]?[a-z_][\w.]{0,60}\s{0,4}\}{2,3}|[$#@*]\{[a-z_][\w.]{0,60}\}|<%[=-]\s{0,4}[a-z_][\w.]{0,60}\s{0,4}%>/gi;

/** Whether a text opens expressions of several engines and says little else: whoever does not know which one reads it. */
export function isMixed(text: string): boolean {
  if (text.length > 120) return false;
  const rest = text.replace(FILLED_IN, '');
  if (rest.replace(/[^a-z]/gi, '').length > 12) return false;
  return FAMILIES.filter((family) => family.test(rest)).length >= 2;
}
