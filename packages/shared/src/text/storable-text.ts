/** Without what PostgreSQL's text does not hold: NUL becomes its picture, lone surrogates become U+FFFD. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\u2400').toWellFormed();
}
