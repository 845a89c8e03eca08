import { printable } from '@vigil/shared/text/printable';

/** Leading characters that make a spreadsheet take a cell for a formula (OWASP, "CSV Injection"). */
const FORMULA_START = /^\s*[=+\-@|%]/;

/** One CSV record (RFC 4180), each cell quoted and harmless in a spreadsheet. */
export function csvRecord(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(value: string | number | null): string {
  if (value === null) return '""';
  if (typeof value === 'number') return `"${value}"`;
  const seen = printable(value);
  const safe = FORMULA_START.test(seen) ? `'${seen}` : seen;
  return `"${safe.replaceAll('"', '""')}"`;
}
