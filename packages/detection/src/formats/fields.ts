import type { ParsedRequest } from '@vigil/shared/contracts';
import { addressOnly } from './addresses.ts';
import { notable } from './other-headers.ts';
import { BYTES_MAX, rejected, type ParsedLine, type SpannedField } from './parsed-line.ts';
import { isMethod, methodOf, splitRequestLine } from './request-line.ts';
import { timeMs } from './timestamps.ts';

/** What a format may say about a request, as text; the reader of a format fills what it has. Absent and `-` mean the same. */
export interface Fields {
  address?: string | undefined;
  /** Addresses that a proxy forwarded; used where the format has no address of its own. */
  forwardedFor?: string | undefined;
  time?: string | number | undefined;
  /** `GET /a HTTP/1.1`; or its parts. */
  requestLine?: string | undefined;
  method?: string | undefined;
  /** Path with or without query. */
  target?: string | undefined;
  /** Query, with or without its `?`, where the target has none. */
  query?: string | undefined;
  protocol?: string | undefined;
  status?: string | number | undefined;
  bytes?: string | number | undefined;
  referer?: string | undefined;
  userAgent?: string | undefined;
  host?: string | undefined;
  user?: string | undefined;
  duration?: string | number | undefined;
  /** Every other request header that the format has, those that tell `forwardedFor` included. */
  headers?: string[] | undefined;
  /** Seconds in one unit of `duration`. */
  durationUnitSeconds?: number | undefined;
}
export type FieldName = Exclude<keyof Fields, 'durationUnitSeconds' | 'headers'>;

/** Whether a part of a line goes into `headers`, which the addresses that a proxy forwarded do as well. */
export function isHeaderField(field: string): boolean {
  return field === 'header' || field === 'forwardedFor';
}

/** Fields of a format that has no numbers. */
export type WrittenFields = Fields & { [Field in FieldName]?: string | undefined };

/** Fields of which a format fills some: objects that are made alike are read several times as fast. */
export function emptyFields(): WrittenFields {
  return {
    address: undefined,
    forwardedFor: undefined,
    time: undefined,
    requestLine: undefined,
    method: undefined,
    target: undefined,
    query: undefined,
    protocol: undefined,
    status: undefined,
    bytes: undefined,
    referer: undefined,
    userAgent: undefined,
    host: undefined,
    user: undefined,
    duration: undefined,
    headers: undefined,
    durationUnitSeconds: undefined,
  };
}

/** Fields of which a format tells where they stand in the line, and their names there. */
export const SPANNED_FIELDS: Partial<Record<FieldName, SpannedField>> = {
  requestLine: 'request',
  target: 'target',
  status: 'status',
  referer: 'referer',
  userAgent: 'userAgent',
  host: 'host',
  user: 'remoteUser',
};

/** A request out of a format's fields; without a time, and without any request, the line is none. */
export function requestFrom(fields: Fields): ParsedLine {
  const parts = requestParts(fields);
  if (parts === undefined) return rejected('unparsable');
  if (fields.time === undefined) return rejected('unparsable');
  const timestampMs = timeMs(fields.time);
  if (!Number.isSafeInteger(timestampMs)) return rejected('invalid_timestamp');
  const status = integerOf(fields.status);
  const durationSeconds = numberOf(fields.duration) * (fields.durationUnitSeconds ?? 1);
  const headers = fields.headers === undefined ? undefined : notable(fields.headers);
  const request: ParsedRequest = {
    timestampMs,
    sourceIp: addressOf(fields),
    method: parts.method,
    target: parts.target,
    protocol: parts.protocol,
    status: status >= 0 && status <= 999 ? status : 0,
    bytes: Math.min(Math.max(0, Math.trunc(numberOf(fields.bytes)) || 0), BYTES_MAX),
    referer: known(fields.referer),
    userAgent: known(fields.userAgent),
    host: known(fields.host),
    remoteUser: known(fields.user),
  };
  if (headers !== undefined) request.headers = headers;
  if (durationSeconds >= 0 && durationSeconds < Infinity) request.durationSeconds = durationSeconds;
  return { ok: true, request };
}

function requestParts(fields: Fields): Pick<ParsedRequest, 'method' | 'target' | 'protocol'> | undefined {
  if (fields.requestLine !== undefined) return splitRequestLine(fields.requestLine);
  if (fields.target === undefined) return undefined;
  const query = known(fields.query);
  const mark = query.startsWith('?') ? '' : '?';
  const target = query === '' || fields.target.includes('?') ? fields.target : `${fields.target}${mark}${query}`;
  const method = known(fields.method);
  return {
    method: isMethod(method) ? methodOf(method, 0, method.length) : '-',
    target,
    protocol: known(fields.protocol),
  };
}

function addressOf(fields: Fields): string {
  const text = known(fields.address) || known(fields.forwardedFor);
  return text === '' ? '-' : addressOnly(text, 0, text.length);
}

function known(text: string | undefined): string {
  return text === undefined || text === '-' ? '' : text;
}

function integerOf(value: string | number | undefined): number {
  if (Number.isSafeInteger(value)) return value as number;
  return value === undefined ? Number.NaN : Number.parseInt(String(value), 10);
}

function numberOf(value: string | number | undefined): number {
  if (typeof value === 'number') return value;
  return value === undefined || value === '' ? Number.NaN : Number.parseFloat(value);
}
