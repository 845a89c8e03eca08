/** A byte order mark, or two characters in a row that have a NUL beside them; a newline cuts UTF-16 in the middle of itself. */
const UTF16 = /^(?:\xff\xfe|\xfe\xff|\0?[^\0]\0[^\0]\0)/;

/** What to do about it, for whoever is told. */
export const UTF16_ADVICE =
  'it is in UTF-16, as PowerShell writes it; have it written in UTF-8 (Out-File -Encoding utf8), or convert it (iconv -f UTF-16 -t UTF-8)';

/** Whether lines begin as they do in UTF-16, of which no format of a log is read. */
export function looksUtf16(bytes: Buffer): boolean {
  return UTF16.test(bytes.toString('latin1', 0, 8));
}
