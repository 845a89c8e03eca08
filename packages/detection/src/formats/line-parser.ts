import { W3C_HEADER } from '@vigil/shared/contracts';
import { textOf } from '../text/chars.ts';
import { isApacheLogFormat, parseApacheLogFormat } from './apache-log-format.ts';
import { combinedFormat, combinedOfNamedClient, FORMAT_NAMES, formatsThatBeginLike } from './known-formats.ts';
import type { LineFormat } from './line-format.ts';
import { parseNginxLogFormat } from './nginx-log-format.ts';
import { rejected, type FieldSpans, type ParsedLine } from './parsed-line.ts';
import { combinedStart, findPlainCombined, type PlainFields } from './plain-combined.ts';
import { TemplateError } from './template.ts';
import type { TimeZone } from './time-zone.ts';
import { hadNoZone } from './timestamps.ts';
import { parseW3cFields } from './w3c-log.ts';
import { layersIn, unwrap, type Unwrapped } from './wrappers.ts';

/** Parses the lines of one source. Keeps what it learned of the source's format, so use one per source. */
export interface LineParser {
  /** @param line one UTF-16 code unit per byte, without the newline */
  parse(line: string): ParsedLine;
  /**
   * Finds the fields of the line bytes[start, end) without making texts of them, where it is as plain as nearly all of a combined log.
   * @param fields takes them; of no meaning where the answer is no, which says only that `parse` has to read the line
   */
  findPlain(bytes: Buffer, start: number, end: number, fields: PlainFields): boolean;
  /** Where the fields stand in a line that `parse` accepted; slower, for the few lines that are shown. */
  spans(line: string): FieldSpans;
  /** Name of the format that is in use; `unknown` until a line was understood. */
  format(): string;
}

const BRACE = 0x7b;

/** Lines in a row that another format fits before it becomes the source's. */
const SWITCH_AFTER = 5;

/**
 * A parser for one source.
 * @param format what the operator set: a name of `FORMAT_NAMES`, a `log_format` of nginx, a `LogFormat` of Apache or the
 *   `#Fields:` line of a log of the W3C's format; absent, it is detected from the lines
 * @param zone of times that name none; absent, they are UTC
 * @throws TemplateError where the format is none of these
 */
export function createLineParser(format?: string, zone?: TimeZone): LineParser {
  const parser = parserOf(format);
  return zone === undefined ? parser : inZone(parser, zone);
}

/** A plain line of a combined log names its zone. */
function inZone(parser: LineParser, zone: TimeZone): LineParser {
  return {
    parse: (line) => {
      const parsed = parser.parse(line);
      if (!parsed.ok || !hadNoZone()) return parsed;
      return { ok: true, request: { ...parsed.request, timestampMs: zone(parsed.request.timestampMs) } };
    },
    findPlain: (bytes, start, end, fields) => parser.findPlain(bytes, start, end, fields),
    spans: (line) => parser.spans(line),
    format: () => parser.format(),
  };
}

function parserOf(format: string | undefined): LineParser {
  if (format === undefined || format === 'auto') return new DetectingParser();
  if (format.startsWith(W3C_HEADER)) return new DetectingParser(parseW3cFields(format));
  const known = FORMAT_NAMES.get(format) ?? customFormat(format);
  return {
    parse: (line) => {
      const parsed = known.parse(line);
      if (parsed.ok) return parsed;
      for (const { text, time } of unwrap(line)) {
        const again = known.parse(text, time);
        if (again.ok) return again;
      }
      return parsed;
    },
    findPlain: (bytes, start, end, fields) => known === combinedFormat && findPlainCombined(bytes, start, end, fields),
    spans: (line) => (known.parse(line).ok ? known.spans(line) : spansWith(() => [known], line)),
    format: () => known.name,
  };
}

/** A text without variables is a misspelt name: what its template lacks would be beside the point. */
function customFormat(format: string): LineFormat {
  if (/%\^(?![a-z]{2})/i.test(format))
    throw new TemplateError(
      "this is a log-format of GoAccess: give the server's own, nginx's log_format or Apache's LogFormat, or leave it out to have it detected",
    );
  if (isApacheLogFormat(format)) return parseApacheLogFormat(format);
  if (format.includes('$')) return parseNginxLogFormat(format);
  const names = ['auto', ...FORMAT_NAMES.keys()].join(', ');
  throw new TemplateError(
    `"${format}" is no format: name one of ${names}, or give nginx's log_format with its variables ($remote_addr …), Apache's LogFormat (%h …) or the #Fields line of IIS`,
  );
}

/**
 * Takes the first format that fits, or the one that a `#Fields:` line names, and stays with it. A line that it does not fit is tried with
 * all others, so logs that mix formats lose nothing; where another one fits several lines in a row, that becomes the source's.
 */
class DetectingParser implements LineParser {
  #current: LineFormat | undefined;
  /** How many layers stand around it. */
  #layers = 0;
  #rival: LineFormat | undefined;
  #rivalLines = 0;

  constructor(first?: LineFormat) {
    this.#current = first;
  }

  parse(line: string): ParsedLine {
    if (this.#current !== undefined) {
      const parsed = this.#layers === 0 ? this.#current.parse(line) : this.#parseWrapped(this.#current, line);
      if (parsed?.ok === true) {
        this.#rivalLines = 0;
        return parsed;
      }
    }
    return this.#tryAll(line);
  }

  findPlain(bytes: Buffer, start: number, end: number, fields: PlainFields): boolean {
    if (this.#current !== combinedFormat) return false;
    const from = this.#layers === 0 ? start : this.#startWithin(bytes, start, end);
    if (from === -1 || !findPlainCombined(bytes, from, end, fields)) return false;
    this.#rivalLines = 0;
    return true;
  }

  /** Where a line begins that is wrapped as the source's last one was; -1 where its text has to tell. */
  #startWithin(bytes: Buffer, start: number, end: number): number {
    // In JSON its quotes are escaped.
    if (bytes[start] === BRACE) return -1;
    const from = combinedStart(bytes, start, end);
    return from !== -1 && layersIn(textOf(bytes, start, from)) === this.#layers ? from : -1;
  }

  spans(line: string): FieldSpans {
    if (this.#layers === 0 && this.#current?.parse(line).ok === true) return this.#current.spans(line);
    return spansWith((text) => this.#formatsFor(text), line);
  }

  format(): string {
    return this.#current?.name ?? 'unknown';
  }

  /** The formats that may fit, in the order in which they are tried. */
  #formatsFor(text: string): readonly LineFormat[] {
    const known = formatsThatBeginLike(text);
    const current = this.#current;
    if (current === undefined) return known;
    const others = known.filter((format) => format !== current);
    return current === combinedFormat ? [current, ...others, combinedOfNamedClient] : [current, ...others];
  }

  /** A line as the source's last one was wrapped. */
  #parseWrapped(format: LineFormat, line: string): ParsedLine | undefined {
    const [inner] = unwrap(line, this.#layers);
    return inner && format.parse(inner.text, inner.time);
  }

  #tryAll(line: string): ParsedLine {
    if (line.startsWith(W3C_HEADER)) this.#follow(line);
    let failure: ParsedLine | undefined;
    const texts = readings(line);
    for (const [index, { text, time }] of texts.entries()) {
      for (const format of this.#formatsFor(text)) {
        const parsed = format.parse(text, time);
        if (parsed.ok) {
          this.#learn(format, texts.length - 1 - index);
          return parsed;
        }
        // The most telling failure: a format that found everything but a valid time knows more than one that found nothing.
        if (failure === undefined || (!failure.ok && failure.reason === 'unparsable')) failure = parsed;
      }
    }
    return failure ?? rejected('unparsable');
  }

  /** IIS writes the line that says what its columns are wherever they change. */
  #follow(header: string): void {
    try {
      this.#current = parseW3cFields(header);
      this.#layers = 0;
      this.#rivalLines = 0;
    } catch (error) {
      // A log of something else than requests; its lines are unparsable.
      if (!(error instanceof TemplateError)) throw error;
    }
  }

  #learn(format: LineFormat, layers: number): void {
    if (format === combinedOfNamedClient) return;
    if (this.#current === format) {
      this.#layers = layers;
      this.#rivalLines = 0;
      return;
    }
    this.#rivalLines = this.#rival === format ? this.#rivalLines + 1 : 1;
    this.#rival = format;
    if (this.#current !== undefined && this.#rivalLines < SWITCH_AFTER) return;
    this.#current = format;
    this.#layers = layers;
    this.#rivalLines = 0;
  }
}

/** Whatever a wrapped line holds is meant, unless nothing of it is understood: JSON lines may look like Docker's. */
function readings(line: string): Unwrapped[] {
  return [...unwrap(line), { text: line, start: 0 }];
}

/** Spans in the line of the first format that fits it, or what is within its wrapping. */
function spansWith(formatsFor: (text: string) => readonly LineFormat[], line: string): FieldSpans {
  for (const { text, start, time } of readings(line)) {
    const fitting = formatsFor(text).find((format) => format.parse(text, time).ok);
    if (fitting === undefined) continue;
    if (start === -1) return {};
    return Object.fromEntries(
      Object.entries(fitting.spans(text)).map(([name, [from, to]]) => [name, [from + start, to + start]]),
    );
  }
  return {};
}
