import { W3C_HEADER } from '@vigil/shared/contracts';
import {
  emptyFields,
  isHeaderField,
  requestFrom,
  SPANNED_FIELDS,
  type FieldName,
  type WrittenFields,
} from './fields.ts';
import type { LineFormat } from './line-format.ts';
import { rejected, type FieldSpans, type ParsedLine } from './parsed-line.ts';
import { unescapeField, withoutPercents } from './quoted.ts';
import { headerText, isOtherHeader } from './other-headers.ts';
import { requireTimeAndRequest } from './template.ts';

/** Columns by what they say: https://www.w3.org/TR/WD-logfile, and what IIS and CloudFront add. */
const COLUMNS: Record<string, FieldName | 'date'> = {
  date: 'date',
  time: 'time',
  'c-ip': 'address',
  'x-forwarded-for': 'forwardedFor',
  'cs(x-forwarded-for)': 'forwardedFor',
  'cs-method': 'method',
  'cs-uri': 'target',
  'cs-uri-stem': 'target',
  'cs-uri-query': 'query',
  'cs-version': 'protocol',
  'cs-protocol-version': 'protocol',
  'sc-status': 'status',
  'sc-bytes': 'bytes',
  bytes: 'bytes',
  'cs(referer)': 'referer',
  'cs(user-agent)': 'userAgent',
  'x-host-header': 'host',
  'cs-host': 'host',
  'cs-username': 'user',
  'time-taken': 'duration',
};

/** What IIS logs: as it comes, as it came before versions 8 and 7, with every field, and in Azure's App Service. */
const IIS_LAYOUTS = [
  'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken',
  'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status time-taken',
  'date time s-sitename s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status',
  'date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs-version cs(User-Agent) cs(Cookie) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken',
  'date time s-sitename cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Cookie) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken',
];
const IIS_COLUMNS_MAX = 22;
/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html */
const CLOUDFRONT =
  'date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end';
/** Up to the query; each of the columns behind was added in some year. */
const CLOUDFRONT_COLUMNS_MIN = 12;
const CLOUDFRONT_LINE = /^\d{4}-\d\d-\d\d\t\d\d:\d\d:\d\d\t[A-Z]{3}\d/;

/** The W3C has texts with blanks stand in quotes, and quotes within doubled, as Tomcat does; IIS leaves quotes as they came. */
const CELLS = /(?<= |^)(?:"(?:[^"]|"")*"(?= |$)|[^ ]*)/g;
const QUOTED_CELL = /^".*"$/s;

const ENCODED_HEADERS = ['userAgent', 'referer'] as const;
const ENCODED_FIELDS = ['userAgent', 'referer', 'target', 'query'] as const;

/** One way of filling the columns: IIS writes blanks in headers as `+`; CloudFront percent-encodes what it was sent, `%` included. */
interface Writer {
  readonly name: string;
  readonly isPercentEncoded?: boolean;
  /** Fewest columns of a line, where those at the end may be missing. */
  readonly columnsMin?: number;
}

/**
 * A format out of the `#Fields:` line that heads a log in the W3C's extended format.
 * @throws TemplateError where time or request are missing
 */
export function parseW3cFields(header: string): LineFormat {
  const names = header.slice(W3C_HEADER.length);
  return w3cFormat({ name: 'custom', isPercentEncoded: /\sx-edge-location\s/.test(names) }, names);
}

/** A format of columns that also reads a line which was cut into its cells. */
interface ColumnFormat extends LineFormat {
  parseCells(cells: readonly string[]): ParsedLine;
}

function w3cFormat(writer: Writer, names: string): ColumnFormat {
  const words = names.trim().split(/\s+/);
  const headers = words.map(headerOf);
  const columns = words.map(
    (word, index) => COLUMNS[word.toLowerCase()] ?? (headers[index] === undefined ? undefined : 'header'),
  );
  requireTimeAndRequest((field) => columns.includes(field) && (field !== 'time' || columns.includes('date')));
  const [encoded, decoded] =
    writer.isPercentEncoded === true ? [ENCODED_FIELDS, withoutPercents] : [ENCODED_HEADERS, withoutPluses];
  const min = writer.columnsMin ?? columns.length;
  const parseCells = (cells: readonly string[]): ParsedLine => {
    const fields: WrittenFields = emptyFields();
    let date = '';
    for (const [index, text] of cells.entries()) {
      const column = columns[index];
      if (column === 'date') date = text;
      else if (column !== undefined && text !== '-') {
        if (isHeaderField(column)) (fields.headers ??= []).push(headerText(headers[index], decoded(text)));
        if (column !== 'header') fields[column] ??= text;
      }
    }
    // The W3C has such logs written in UTC, and IIS and CloudFront do so.
    fields.time = `${date} ${fields.time ?? ''}Z`;
    for (const field of encoded) if (fields[field] !== undefined) fields[field] = decoded(fields[field]);
    // IIS counts milliseconds, CloudFront seconds with a fraction.
    fields.durationUnitSeconds = fields.duration?.includes('.') === true ? 1 : 1e-3;
    return requestFrom(fields);
  };
  return {
    name: writer.name,
    begins: /\d/,
    parse: (line) => {
      const cells = cellsOf(line, min, columns.length);
      return cells === undefined ? rejected(line.trim() === '' ? 'empty' : 'unparsable') : parseCells(cells);
    },
    parseCells,
    spans: (line) => {
      const spans: FieldSpans = {};
      let at = 0;
      for (const [index, cell] of (cellsOf(line, min, columns.length) ?? []).entries()) {
        const column = columns[index];
        const field =
          column === undefined || column === 'date' || column === 'header' ? undefined : SPANNED_FIELDS[column];
        if (field !== undefined) spans[field] ??= [at, at + cell.length];
        at += cell.length + 1;
      }
      return spans;
    },
  };
}

/** The name of the request header that a column holds, `cs(X-Real-IP)`. */
function headerOf(column: string): string | undefined {
  const name = /^cs\(([^()]{1,128})\)$/i.exec(column)?.[1];
  return name !== undefined && isOtherHeader(name) ? name : undefined;
}

/** The line's cells, apart by tabs or blanks; undefined where they are not as many as the columns, or no date is first. */
function cellsOf(line: string, min: number, max: number): string[] | undefined {
  if (!/^\d{4}-\d\d-\d\d[ \t]/.test(line)) return undefined;
  const isTabbed = line.charCodeAt(10) === 0x09;
  const text = line.replace(/\r$/, '');
  const cells = text.split(isTabbed ? '\t' : ' ', max + 1);
  if (cells.length >= min && cells.length <= max) return cells;
  if (cells.length <= max || isTabbed || !text.includes(' "')) return undefined;
  const quoted = text.match(CELLS) ?? [];
  return quoted.length >= min && quoted.length <= max ? quoted : undefined;
}

/** A cell of Tomcat's has a header as it came, in quotes; IIS writes its blanks as `+`. */
function withoutPluses(text: string): string {
  return QUOTED_CELL.test(text)
    ? unescapeField(text.slice(1, -1).replaceAll('""', '"'), 0, text.length)
    : withoutPercents(text.replaceAll('+', ' '));
}

const iisLayouts = IIS_LAYOUTS.map((names) => {
  const columns = names.split(' ');
  const [port, client, status] = [columns.indexOf('s-port'), columns.indexOf('c-ip'), columns.indexOf('sc-status')];
  return {
    format: w3cFormat({ name: 'iis' }, names),
    fits: (cells: readonly string[]) =>
      cells.length === columns.length &&
      /^\d{1,5}$/.test(cells[port]!) &&
      /^(?:-|[\da-f]*[.:][\da-f.:]*(?:%\w{1,16})?)$/i.test(cells[client]!) &&
      /^\d{3}$/.test(cells[status]!),
  };
});

/** The layout whose port, client and status are where the line has such. */
function iisLayout(cells: readonly string[]): ColumnFormat | undefined {
  return iisLayouts.find(({ fits }) => fits(cells))?.format;
}

export const iisFormat: LineFormat = {
  name: 'iis',
  begins: /\d/,
  parse: (line) => {
    const cells = cellsOf(line, 1, IIS_COLUMNS_MAX);
    if (cells === undefined) return rejected(line.trim() === '' ? 'empty' : 'unparsable');
    return iisLayout(cells)?.parseCells(cells) ?? rejected('unparsable');
  },
  spans: (line) => iisLayout(cellsOf(line, 1, IIS_COLUMNS_MAX) ?? [])?.spans(line) ?? {},
};

const cloudfront = w3cFormat(
  { name: 'cloudfront', isPercentEncoded: true, columnsMin: CLOUDFRONT_COLUMNS_MIN },
  CLOUDFRONT,
);
export const cloudfrontFormat: LineFormat = {
  ...cloudfront,
  parse: (line) => (CLOUDFRONT_LINE.test(line) ? cloudfront.parse(line) : rejected('unparsable')),
};
