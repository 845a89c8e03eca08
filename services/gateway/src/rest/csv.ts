import { printable } from '@vigil/shared/text/printable';

/**
 * Leading characters that make a spreadsheet take a cell for a formula (OWASP, "CSV Injection"), in full width too. A cell may begin at a
 * semicolon: where numbers have a decimal comma, spreadsheets part cells there, and read the quotes of all but a line's first as text.
 */
const FORMULA_START = /(?<=^|;)\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20]/g;

/** One CSV record (RFC 4180), each cell quoted and harmless in a spreadsheet. */
export function csvRecord(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(value: string | number | null): string {
  if (value === null) return '""';
  if (typeof value === 'number') return `"${value}"`;
  const seen = printable(value);
  return `"${seen.replaceAll(FORMULA_START, "'$&").replaceAll('"', '""')}"`;
}
