/*
 * What a shell takes away or fills in before it runs a command. Few texts have any of the signs that these begin with, and none comes to
 * have one by what is taken away.
 */

/** The text without variables that hold nothing and calls that give nothing, and with blanks for `$IFS`. */
export function withoutExpansions(text: string): string {
  let plain = text;
  const hasVariable = text.includes('$');
  if (hasVariable) plain = plain.replace(/(?<=\w)\$\$(?=\w)/g, '').replace(/(?<=[a-z])\$\d(?=[a-z])/gi, '');
  if (text.includes('(')) plain = plain.replace(/(?<=\w)[$<>]\(\)(?=[\w ])/g, '');
  if (text.includes('`'))
    plain = plain.replace(/`([^`]*)`/g, (pair, inner: string, at: number, whole: string) =>
      inner === '' && /\w/.test(whole[at - 1] ?? '') && /[\w ]/.test(whole[at + 2] ?? '') ? '' : pair,
    );
  if (hasVariable)
    plain = plain
      .replace(/\$\{?IFS(?:%%?\?*)?\}?(?:\$\d)?/gi, ' ')
      // Not the column of a table that is compared: `df$x == 1`.
      .replace(/\$(?:[@*](?!\s*\()|[#!?_1-9](?!\w)|[a-z](?![\w{(]|\s?(?:[=!<>]=|<-|%in%)))/gi, '')
      .replace(/(?<=[a-z])\$(?:[-_!?]|\{[a-z_]\w{0,11}\})(?=[a-z])/gi, '');
  return plain;
}

/** The text without backslashes before letters that mean nothing, steps in paths that lead nowhere and quotes in words, and braces spelt out. */
export function withoutEscapes(text: string): string {
  let plain = text;
  const isEscaped = text.includes('\\');
  if (isEscaped)
    plain = plain
      .replace(/(?<![\w\\/:])[a-z]{1,3}(?:\\[a-z]{1,3}){2,6}(?![\w\\.])/gi, (word) => word.replaceAll('\\', ''))
      .replace(/\\\n/g, '');
  if (plain.includes('/./')) plain = plain.replace(/(?<=\/)\.\//g, '');
  if (isEscaped)
    plain = plain.replace(/\\(?=[a-z?*])(?![a-z]{2,}\\|[dswb][+*?{])/gi, (escape, at: number, whole: string) =>
      /[:\\/]/.test(whole[at - 1] ?? '') && /[a-z]/i.test(whole[at + 2] ?? '') && whole[at - 1] !== '/' ? '\\' : '',
    );
  // Not the apostrophe of “I'd like”.
  if (text.includes("'") || text.includes('"'))
    plain = plain.replace(/(?<=[\w/*?])(?:''|""|(?<!\b[Ii](?='d\s))['"])(?=[\w/*?])|''|""/g, '');
  if (text.includes('{'))
    plain = plain.replace(
      /(^|[;|&`(\s])\{([\w/.*?-]{1,40}),([^{}\s]{1,120})\}/g,
      (_, before: string, command: string, rest: string) => `${before}${command} ${rest.replaceAll(',', ' ')}`,
    );
  return plain;
}
