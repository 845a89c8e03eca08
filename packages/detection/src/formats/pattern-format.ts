import { requestFrom, SPANNED_FIELDS, type FieldName, type WrittenFields } from './fields.ts';
import type { LineFormat } from './line-format.ts';
import { rejected, type FieldSpans } from './parsed-line.ts';
import { unescapeField } from './quoted.ts';
import { withoutOrigin } from './without-origin.ts';

interface PatternOptions {
  /** Seconds in one unit of the duration. */
  durationUnitSeconds?: number;
  /** Whether targets come with scheme and host, whatever the client sent. */
  isWholeUrl?: boolean;
}

/**
 * A format as a pattern whose groups are named like the fields; for lines that a template cannot tell apart. The time may be left out,
 * which is then that of what stands around the line.
 * @param begins the first character of what the pattern matches
 * @param pattern linear in the line's length
 */
export function patternFormat(name: string, begins: RegExp, pattern: RegExp, options: PatternOptions = {}): LineFormat {
  const withIndices = new RegExp(pattern.source, `${pattern.flags}d`);
  return {
    name,
    begins,
    parse: (line, time) => {
      const groups = pattern.exec(line)?.groups;
      if (groups === undefined) return rejected(line.trim() === '' ? 'empty' : 'unparsable');
      const fields: WrittenFields = { ...options, time };
      for (const [field, text] of Object.entries(groups))
        if (text !== undefined) fields[field as FieldName] = unescapeField(text, 0, text.length);
      // gin's.
      fields.time = fields.time?.replace(' - ', ' ');
      const parsed = requestFrom(fields);
      return parsed.ok && options.isWholeUrl === true ? { ok: true, request: withoutOrigin(parsed.request) } : parsed;
    },
    spans: (line) => {
      const spans: FieldSpans = {};
      for (const [field, span] of Object.entries(withIndices.exec(line)?.indices?.groups ?? {})) {
        const spanned = SPANNED_FIELDS[field as FieldName];
        if (spanned !== undefined && span !== undefined) spans[spanned] = span;
      }
      return spans;
    },
  };
}
