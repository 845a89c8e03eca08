import type { FieldSpans, ParsedLine } from './parsed-line.ts';

/** One way of writing a request into a line. */
export interface LineFormat {
  readonly name: string;
  /** The first character of its lines, where not all of them may begin one: a line that begins otherwise is none of the format. */
  readonly begins?: RegExp;
  /** @param time when the line was written, as what stood around it says; for formats that leave it to that */
  parse(line: string, time?: string): ParsedLine;
  /** Where the fields stand in a line that `parse` accepted. */
  spans(line: string): FieldSpans;
}
