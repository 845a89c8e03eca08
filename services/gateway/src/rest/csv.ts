/** Leading characters that make a spreadsheet take a cell for a formula (OWASP, "CSV Injection"). */
const FORMULA_START = /^[\s]*[=+\-@\t\r|%]/;
/** Control characters, and marks that make text run the other way or vanish: shown, never obeyed. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** One CSV record (RFC 4180), each cell quoted and harmless in a spreadsheet. */
export function csvRecord(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(value: string | number | null): string {
  if (value === null) return '""';
  if (typeof value === 'number') return `"${value}"`;
  const seen = value.replaceAll(UNSEEN, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const safe = FORMULA_START.test(seen) ? `'${seen}` : seen;
  return `"${safe.replaceAll('"', '""')}"`;
}
