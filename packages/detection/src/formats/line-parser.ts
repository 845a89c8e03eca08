import { combinedSpans, parseCombined } from './combined.ts';
import type { FieldSpans, ParsedLine } from './parsed-line.ts';

/** Parses the lines of one source. Keeps what it learned of the source's format, so use one per source. */
export interface LineParser {
  /** @param line one UTF-16 code unit per byte, without the newline */
  parse(line: string): ParsedLine;
  /** Where the fields stand in a line that `parse` accepted; slower, for the few lines that are shown. */
  spans(line: string): FieldSpans;
  /** Name of the format that is in use. */
  format(): string;
}

/** A parser for one source. */
export function createLineParser(): LineParser {
  return { parse: (line) => parseCombined(line), spans: (line) => combinedSpans(line), format: () => 'combined' };
}
