import { requestFrom, SPANNED_FIELDS, type FieldName, type Fields } from './fields.ts';
import type { LineFormat } from './line-format.ts';
import { rejected, type FieldSpans } from './parsed-line.ts';
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
  'cs(referer)': 'referer',
  'cs(user-agent)': 'userAgent',
  'x-host-header': 'host',
  'cs-host': 'host',
  'cs-username': 'user',
  'time-taken': 'duration',
};

/** What IIS logs unless it is told otherwise. */
const IIS =
  'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken';
/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html */
const CLOUDFRONT =
  'date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end';

export const W3C_HEADER = '#Fields:';

/**
 * A format out of the `#Fields:` line that heads a log in the W3C's extended format. The line itself is not waited for: a batch of the
 * lines behind it may come to a scorer that never saw it.
 * @throws TemplateError where time or request are missing
 */
export function parseW3cFields(header: string): LineFormat {
  return w3cFormat('custom', header.slice(W3C_HEADER.length));
}

function w3cFormat(name: string, names: string): LineFormat {
  const columns = names
    .trim()
    .split(/\s+/)
    .map((column) => COLUMNS[column.toLowerCase()]);
  requireTimeAndRequest((field) => columns.includes(field) && (field !== 'time' || columns.includes('date')));
  return {
    name,
    parse: (line) => {
      const cells = cellsOf(line, columns.length);
      if (cells === undefined) return rejected(line.trim() === '' ? 'empty' : 'unparsable');
      const fields: Fields = {};
      let date = '';
      for (const [index, column] of columns.entries()) {
        const text = cells[index]!;
        if (column === 'date') date = text;
        else if (column !== undefined && text !== '-') fields[column] ??= text;
      }
      fields.time = `${date} ${fields.time ?? ''}`;
      fields.userAgent = withoutEscapes(fields.userAgent);
      fields.referer = withoutEscapes(fields.referer);
      // IIS counts milliseconds, CloudFront seconds with a fraction.
      fields.durationUnitSeconds = fields.duration?.includes('.') === true ? 1 : 1e-3;
      return requestFrom(fields);
    },
    spans: (line) => {
      const spans: FieldSpans = {};
      let at = 0;
      for (const [index, cell] of (cellsOf(line, columns.length) ?? []).entries()) {
        const column = columns[index];
        const field = column === undefined || column === 'date' ? undefined : SPANNED_FIELDS[column];
        if (field !== undefined) spans[field] ??= [at, at + cell.length];
        at += cell.length + 1;
      }
      return spans;
    },
  };
}

/** The line's cells, apart by tabs or blanks; undefined where they are not as many as the columns, or no date is first. */
function cellsOf(line: string, count: number): string[] | undefined {
  if (!/^\d{4}-\d\d-\d\d[ \t]/.test(line)) return undefined;
  const cells = line.replace(/\r$/, '').split(line.charCodeAt(10) === 0x09 ? '\t' : ' ', count + 1);
  return cells.length === count ? cells : undefined;
}

/** Headers as they were sent: IIS writes blanks as `+`, CloudFront as `%20`, and other bytes likewise. */
function withoutEscapes(text: string | undefined): string | undefined {
  return text
    ?.replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

export const iisFormat = w3cFormat('iis', IIS);
export const cloudfrontFormat = w3cFormat('cloudfront', CLOUDFRONT);
