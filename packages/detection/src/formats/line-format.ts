import type { FieldSpans, ParsedLine } from './parsed-line.ts';

/** One way of writing a request into a line. */
export interface LineFormat {
  readonly name: string;
  parse(line: string): ParsedLine;
  /** Where the fields stand in a line that `parse` accepted. */
  spans(line: string): FieldSpans;
}
