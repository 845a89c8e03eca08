import { anyOf, pattern } from '../text/regex.ts';
import { emptyFields, isHeaderField, requestFrom, SPANNED_FIELDS, type FieldName } from './fields.ts';
import { headerText } from './other-headers.ts';
import { rejected, type FieldSpans, type ParsedLine } from './parsed-line.ts';
import { closingQuote, unescapeField } from './quoted.ts';

/** A field of a template. */
export interface FieldPiece {
  readonly field: FieldName | 'header' | 'ignored';
  /** How many seconds one unit of it is, where it is a duration. */
  readonly unit?: number;
  /** The name of the header that it holds, where the format says it. */
  readonly name?: string;
}

/** A piece of a template: text that must stand there, or a field that reaches up to the next text. */
export type TemplatePiece = { readonly text: string } | FieldPiece;

/** A line format as a sequence of texts and fields. */
export interface Template {
  parse(line: string): ParsedLine;
  spans(line: string): FieldSpans;
}

export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** What clients send: outside of quotes it may hold the text that stands behind it, too. */
const SENT: ReadonlySet<string> = new Set(['user', 'forwardedFor', 'header', 'referer', 'userAgent']);

/** Times with a blank in them, of CLF with its zone and of ISO 8601 as people write it: the blank may stand behind or before them, too. */
const BLANK_TIME = anyOf(
  /\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d(?:\.\d{1,9})? [+-]\d{4}/,
  /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?[+-]\d\d:?\d\d|Z)?/,
);
const TIME_FROM_HERE = new RegExp(BLANK_TIME, 'y');
const TIME_UP_TO_HERE = pattern`${BLANK_TIME}$`;
/** None is longer. */
const TIME_CHARS_MAX = 40;

type OnField = (piece: FieldPiece, start: number, end: number) => void;

/**
 * Compiles a template. Matching goes through the line once: each field ends where the text after it begins (its first unescaped
 * quote, where that text begins with one), so time is linear in the line. What stands between a field that clients send and the next
 * quote is found from the quote backwards: else a user's name such as `a [b` would move the time, and no line of his would be read.
 * @param options.exact what follows the last piece makes the line another format's; else it is ignored
 * @throws TemplateError where two fields touch, so that nobody can tell them apart, or where time or request are missing
 */
export function compileTemplate(pieces: readonly TemplatePiece[], options: { exact?: boolean } = {}): Template {
  checkTemplate(pieces);
  const quotes = quotesBehindSent(pieces);
  const match = (line: string, onField: OnField): boolean => {
    const end = line.endsWith('\r') ? line.length - 1 : line.length;
    let at = 0;
    for (let i = 0; i < pieces.length; i += 1) {
      const piece = pieces[i]!;
      if ('text' in piece) {
        if (!line.startsWith(piece.text, at)) return false;
        at += piece.text.length;
        continue;
      }
      const quote = quotes.get(i);
      const backwards = quote === undefined ? undefined : fieldsBefore(line, at, end, pieces, i, quote);
      if (backwards !== undefined) {
        for (const found of backwards.fields) onField(found.piece, found.start, found.end);
        at = backwards.end;
        i = quote! - 1;
        continue;
      }
      const next = pieces[i + 1];
      const text = next === undefined || !('text' in next) ? undefined : next.text;
      const fieldEnd =
        (piece.field === 'time' ? endOfBlankTime(line, at, end, text) : undefined) ??
        (text === undefined ? lastFieldEnd(line, at, end, options) : endOf(line, at, end, text));
      if (fieldEnd === -1) return false;
      onField(piece, at, fieldEnd);
      at = fieldEnd;
    }
    return at <= end && (options.exact !== true || at === end);
  };
  return {
    parse: (line) => {
      if (line.trim() === '') return rejected('empty');
      const fields = emptyFields();
      const isMatch = match(line, ({ field, unit, name }, start, end) => {
        if (field === 'ignored') return;
        if (isHeaderField(field)) (fields.headers ??= []).push(headerText(name, unescapeField(line, start, end)));
        if (field === 'header') return;
        // The first of two fields that mean the same is the better known one, as long as it says something.
        if (fields[field] !== undefined && fields[field] !== '-') return;
        fields[field] = unescapeField(line, start, end);
        if (unit !== undefined) fields.durationUnitSeconds = unit;
      });
      return isMatch ? requestFrom(fields) : rejected('unparsable');
    },
    spans: (line) => {
      const spans: FieldSpans = {};
      const headers: [number, number][] = [];
      match(line, ({ field }, start, end) => {
        const name = field === 'header' || field === 'ignored' ? undefined : SPANNED_FIELDS[field];
        if (name !== undefined) spans[name] ??= [start, end];
        else if (isHeaderField(field)) headers.push([start, end]);
      });
      // Which of several it is nobody can tell.
      if (headers.length === 1) spans.header = headers[0]!;
      return spans;
    },
  };
}

/** By the last field that clients send before a text with a quote, unless that begins with it: the place of that text. */
function quotesBehindSent(pieces: readonly TemplatePiece[]): Map<number, number> {
  const quotes = new Map<number, number>();
  let sent: number | undefined;
  for (const [index, piece] of pieces.entries()) {
    if ('field' in piece) {
      if (SENT.has(piece.field)) sent = index;
      continue;
    }
    if (!piece.text.includes('"')) continue;
    if (sent !== undefined && index > sent + 1) quotes.set(sent, index);
    sent = undefined;
  }
  return quotes;
}

/**
 * The fields from piece `first` up to the text `quote`, which holds the line's next unescaped quote, each beginning as late as it can but
 * for the first.
 * @returns undefined where the template's texts do not stand there
 */
function fieldsBefore(
  line: string,
  at: number,
  end: number,
  pieces: readonly TemplatePiece[],
  first: number,
  quote: number,
): { fields: { piece: FieldPiece; start: number; end: number }[]; end: number } | undefined {
  const { text } = pieces[quote] as { text: string };
  const quoteEnd = closingQuote(line, at, end, () => true) - text.indexOf('"');
  if (quoteEnd < at || !line.startsWith(text, quoteEnd)) return undefined;
  const fields: { piece: FieldPiece; start: number; end: number }[] = [];
  let fieldEnd = quoteEnd;
  for (let i = quote - 1; i > first; i -= 2) {
    const before = pieces[i - 1] as { text: string };
    const piece = pieces[i] as FieldPiece;
    const latest = (piece.field === 'time' ? startOfBlankTime(line, at, fieldEnd) : fieldEnd) - before.text.length;
    const found = latest < at ? -1 : line.lastIndexOf(before.text, latest);
    if (found < at) return undefined;
    fields.push({ piece, start: found + before.text.length, end: fieldEnd });
    fieldEnd = found;
  }
  fields.push({ piece: pieces[first] as FieldPiece, start: at, end: fieldEnd });
  return { fields: fields.toReversed(), end: quoteEnd };
}

function checkTemplate(pieces: readonly TemplatePiece[]): void {
  for (const [index, piece] of pieces.entries()) {
    const next = pieces[index + 1];
    if ('field' in piece && next !== undefined && 'field' in next)
      throw new TemplateError(
        `nothing stands between two fields (${piece.field} and ${next.field}), so they cannot be told apart`,
      );
  }
  requireTimeAndRequest((field) => pieces.some((piece) => 'field' in piece && piece.field === field));
}

/**
 * Refuses a format without what makes a line a request.
 * @throws TemplateError that names what is missing, in the words of nginx and Apache
 */
export function requireTimeAndRequest(has: (field: FieldName) => boolean): void {
  if (!has('time'))
    throw new TemplateError('the format has no time ($time_local, $time_iso8601 or $msec; %t in Apache)');
  if (!has('requestLine') && !has('target'))
    throw new TemplateError('the format has no request ($request or $request_uri; %r or %U in Apache)');
}

/** Where the field that begins at `at` ends, given the text after it; -1 where that text does not come. */
function endOf(line: string, at: number, end: number, text: string): number {
  if (text.startsWith('"')) return closingQuote(line, at, end, (of, after) => of.startsWith(text.slice(1), after));
  const found = line.indexOf(text, at);
  return found === -1 || found > end ? -1 : found;
}

/** Where a time with a blank in it ends that begins at `at`, if the text that is to come behind it does. */
function endOfBlankTime(line: string, at: number, end: number, text = ''): number | undefined {
  TIME_FROM_HERE.lastIndex = at;
  if (!TIME_FROM_HERE.test(line)) return undefined;
  const timeEnd = TIME_FROM_HERE.lastIndex;
  return timeEnd <= end && line.startsWith(text, timeEnd) ? timeEnd : undefined;
}

/** Where a time with a blank in it begins that ends at `end`; `end` where there is none. */
function startOfBlankTime(line: string, at: number, end: number): number {
  const found = TIME_UP_TO_HERE.exec(line.slice(Math.max(at, end - TIME_CHARS_MAX), end));
  return found === null ? end : end - found[0].length;
}

/** A last field is one word where anything may follow, else all that is left. */
function lastFieldEnd(line: string, at: number, end: number, options: { exact?: boolean }): number {
  if (options.exact === true) return end;
  const space = line.indexOf(' ', at);
  return space === -1 || space > end ? end : space;
}

/** Reads a template in which `<name>` is a field; for the formats that are built in. */
export function templateOf(text: string, options: { exact?: boolean; durationUnitSeconds?: number } = {}): Template {
  const pieces: TemplatePiece[] = [];
  for (const part of text.split(/(<[a-zA-Z]*>)/)) {
    if (part === '') continue;
    if (!part.startsWith('<')) pieces.push({ text: part });
    else if (part === '<>') pieces.push({ field: 'ignored' });
    else if (part === '<duration>') pieces.push({ field: 'duration', unit: options.durationUnitSeconds ?? 1 });
    else pieces.push({ field: part.slice(1, -1) as FieldName });
  }
  return compileTemplate(pieces, options);
}
