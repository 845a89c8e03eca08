import type { FieldSpans } from '@vigil/detection/formats/parsed-line';
import type { SecretRange } from './json-secrets.ts';
import { secretRanges, withoutRanges } from './redact-secrets.ts';
import type { Secrets } from './secrets.ts';
import { unescaped, UNESCAPE_ROUNDS_MAX } from './unescaped.ts';

/** A line without its secrets, and where a position of it stands then. */
export interface RedactedLine {
  text: string;
  at: (position: number) => number;
}

/**
 * The line without its secrets, however the format writes its fields: the line is read as it stands and without its writer's escapes,
 * and the fields of which the place is known are looked at by themselves, too, since a value may hold blanks and quotes.
 * @param line one code unit per byte
 * @param secrets those of the request, absent where the line was not understood
 */
export function redactLine(line: string, spans: FieldSpans, secrets?: Secrets): RedactedLine {
  // What is not looked for ends where its field's own separators say, which takes the field as it was sent.
  const tellsEnds = spans.target !== undefined && !line.includes('\\');
  if (secrets?.tooMany === true && !tellsEnds) return withoutRanges(line, [[0, line.length]]);
  const ranges = rangesIn(line, secrets);
  for (const span of [spans.target, spans.referer, spans.userAgent]) {
    if (span === undefined) continue;
    const written = line.slice(span[0], span[1]);
    const { text, starts } = written.includes('\\') ? unescaped(written) : { text: written };
    const placeOf = (at: number): number => span[0] + (starts?.[at] ?? at);
    const kind = span === spans.userAgent ? 'line' : 'field';
    for (const [start, end] of secrets?.rangesOf(text, kind) ?? secretRanges(text, kind))
      ranges.push([placeOf(start), placeOf(end)]);
  }
  return withoutRanges(line, ranges);
}

function rangesIn(text: string, secrets: Secrets | undefined, rounds = UNESCAPE_ROUNDS_MAX): SecretRange[] {
  const ranges = [...secretRanges(text, 'line'), ...(secrets?.rangesIn(text) ?? [])];
  if (rounds === 0 || !text.includes('\\')) return ranges;
  const plain = unescaped(text);
  for (const [start, end] of rangesIn(plain.text, secrets, rounds - 1))
    ranges.push([plain.starts[start]!, plain.starts[end]!]);
  return ranges;
}
