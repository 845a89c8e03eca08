import type { ParsedRequest } from '@vigil/shared/contracts';
import { emptyFields, requestFrom, SPANNED_FIELDS, type FieldName, type Fields } from './fields.ts';
import {
  DURATIONS,
  HEADER_OBJECTS,
  isHeaderKey,
  nameInKey,
  USUAL_KEYS,
  type DurationKey,
  type HeaderKey,
  type Keys,
} from './json-keys.ts';
import { SHAPES, shapeOf } from './json-shapes.ts';
import { parseJsonObject, stringSpan, valueAt, type JsonObject, type KeyPath } from './json-text.ts';
import { headerText, isOtherHeader, isPlainText } from './other-headers.ts';
import { rememberedByKeys } from './remembered-by-keys.ts';
import { withoutOrigin } from './without-origin.ts';
import { rejected, type FieldSpans, type ParsedLine, type SpannedField } from './parsed-line.ts';

const SPANNED = Object.entries(SPANNED_FIELDS) as [FieldName, SpannedField][];

/** Fields that may be numbers, which stay what they are: to write one and to read it again costs more than all else that is done to it. */
const NUMBER_FIELDS = ['time', 'status', 'bytes'] as const;
type NumberField = (typeof NUMBER_FIELDS)[number];
type TextField = Exclude<FieldName, NumberField | 'duration'>;
const TEXT_FIELDS = [...USUAL_KEYS.keys()].filter(
  (field) => !(NUMBER_FIELDS as readonly string[]).includes(field),
) as TextField[];
const NO_KEYS: readonly KeyPath[] = [];

/**
 * Parses a line of JSON by the keys that are usual, and by those of writers whose lines can be told by theirs.
 * @param time when the line was written, where it does not say so
 */
export function parseJsonLine(line: string, time?: string): ParsedLine {
  const object = parseJsonObject(line);
  return object === undefined ? rejected(line.trim() === '' ? 'empty' : 'unparsable') : requestOfObject(object, time);
}

/** A request out of keys and values, as `parseJsonLine` reads them. */
export function requestOfObject(object: JsonObject, time?: string): ParsedLine {
  const shaped = shapeOf(object);
  const parsed = shaped === undefined ? readUsual(object, time) : SHAPE_READERS.get(shaped.shape)!(shaped.line, time);
  return parsed.ok && isOfNobody(parsed.request) ? rejected('unparsable') : parsed;
}

/** Programs name paths of files and of what they call in what else they log: a request has a client, a method or an answer. */
function isOfNobody({ sourceIp, method, status }: ParsedRequest): boolean {
  return sourceIp === '-' && method === '-' && status === 0;
}

/** Where the fields stand in a line that `parseJsonLine` accepts. */
export function jsonLineSpans(line: string): FieldSpans {
  const object = parseJsonObject(line);
  const shaped = object === undefined ? undefined : shapeOf(object);
  return { ...spansBy(line, USUAL_KEYS), ...(shaped === undefined ? {} : spansBy(line, shaped.shape.keys)) };
}

/**
 * A JSON format with keys of its own; what they lack is looked for under the usual ones.
 * @param own.durationUnitSeconds seconds in one unit of the duration under a key of its own
 * @param own.headers keys of request headers
 */
export function jsonTemplateFields(
  keys: Keys,
  own: { durationUnitSeconds?: number | undefined; headers?: readonly HeaderKey[] } = {},
): {
  parse: (line: string) => ParsedLine;
  spans: (line: string) => FieldSpans;
} {
  const read = objectReader({ keys, ...own, durationUnitSeconds: own.durationUnitSeconds ?? 1 });
  return {
    parse: (line) => {
      const object = parseJsonObject(line);
      return object === undefined ? rejected(line.trim() === '' ? 'empty' : 'unparsable') : read(object);
    },
    spans: (line) => spansBy(line, keys),
  };
}

interface Layout {
  /** Tried before the usual ones. */
  keys?: Keys;
  /** Of request headers, beside the usual ones. */
  headers?: readonly HeaderKey[];
  durationUnitSeconds?: number | undefined;
  isWholeUrl?: boolean | undefined;
}

/**
 * Reads a request out of an object.
 * @param time of a line that has none of its own
 */
type ObjectReader = (object: JsonObject, time?: string) => ParsedLine;

/** Where fields may stand in objects that have certain keys at their top: of all paths those that lead anywhere, best first. */
interface Places {
  texts: (readonly [TextField, readonly KeyPath[]])[];
  numbers: (readonly [NumberField, readonly KeyPath[]])[];
  /** Those of request lines and targets. */
  requests: readonly KeyPath[];
  durations: readonly DurationKey[];
  headers: readonly HeaderKey[];
  headerObjects: readonly KeyPath[];
  /** Keys at the top that are headers, and their names. */
  keyHeaders: readonly (readonly [key: string, name: string | undefined])[];
}

function placesIn(present: ReadonlySet<string>, { keys, headers = [], durationUnitSeconds = 1 }: Layout): Places {
  const leads = (path: KeyPath): boolean => present.has(path.key) || present.has(path.head);
  const placesOf = (field: FieldName): KeyPath[] =>
    [...(keys?.get(field) ?? NO_KEYS), ...(USUAL_KEYS.get(field) ?? NO_KEYS)].filter(leads);
  const own = (keys?.get('duration') ?? NO_KEYS).map((path) => ({ path, unitSeconds: durationUnitSeconds }));
  return {
    texts: TEXT_FIELDS.map((field) => [field, placesOf(field)] as const).filter(([, paths]) => paths.length > 0),
    numbers: NUMBER_FIELDS.map((field) => [field, placesOf(field)] as const).filter(([, paths]) => paths.length > 0),
    requests: [...placesOf('requestLine'), ...placesOf('target')],
    durations: [...own, ...DURATIONS].filter(({ path }) => leads(path)),
    headers: [...headers, ...(keys?.get('forwardedFor') ?? NO_KEYS).map((path) => ({ path }))].filter(({ path }) =>
      leads(path),
    ),
    headerObjects: HEADER_OBJECTS.filter(leads),
    keyHeaders: [...present].filter(isHeaderKey).map((key) => [key, nameInKey(key)] as const),
  };
}

/** A reader of objects whose own keys come before the usual ones. */
function objectReader(layout: Layout): ObjectReader {
  const placesOf = rememberedByKeys((present) => placesIn(present, layout));
  return (object, time) => {
    const places = placesOf(object);
    const fields: Fields = emptyFields();
    for (const [field, paths] of places.texts) fields[field] = firstText(object, paths);
    for (const [field, paths] of places.numbers) fields[field] = firstValue(object, paths);
    fields.time ??= time;
    // A request line that is only a path, or has its method beside it, is the target; Caddy's `request` is an object and never gets here.
    if (fields.requestLine !== undefined && !fields.requestLine.includes(' ')) {
      if (fields.requestLine.startsWith('/') || fields.method !== undefined) fields.target ??= fields.requestLine;
      if (fields.target !== undefined) fields.requestLine = undefined;
    }
    if (fields.requestLine === undefined && fields.target === undefined && isOfNoRequest(object, fields, places))
      fields.target = '';
    addDuration(object, fields, places);
    fields.headers = headersOf(object, places);
    const parsed = requestFrom(fields);
    return parsed.ok && parsed.request.target.startsWith('http') && (layout.isWholeUrl ?? isOfGoogle(object))
      ? { ok: true, request: withoutOrigin(parsed.request) }
      : parsed;
  };
}

const readUsual = objectReader({});
const SHAPE_READERS = new Map(SHAPES.map((shape) => [shape, objectReader(shape)]));

/** Whether an answer was logged to no request: TLS on a plain port, and connections that say nothing, leave the fields empty. */
function isOfNoRequest(object: JsonObject, fields: Fields, { requests }: Places): boolean {
  return fields.status !== undefined && requests.some((path) => typeof valueAt(object, path) === 'string');
}

/** Whether the line's target was written with scheme and host, whatever the client sent: Google's load balancers do. */
function isOfGoogle(object: JsonObject): boolean {
  return typeof object['httpRequest'] === 'object';
}

function addDuration(object: JsonObject, fields: Fields, { durations }: Places): void {
  for (const { path, unitSeconds } of durations) {
    const value = valueIn(object, path);
    if (value === undefined) continue;
    fields.duration = value;
    fields.durationUnitSeconds = typeof unitSeconds === 'number' ? unitSeconds : unitSeconds(object);
    return;
  }
}

/** The first of the paths that leads to a text or a number. */
function firstValue(object: JsonObject, paths: readonly KeyPath[]): string | number | undefined {
  for (const path of paths) {
    const value = valueIn(object, path);
    if (value !== undefined) return value;
  }
  return undefined;
}

function firstText(object: JsonObject, paths: readonly KeyPath[]): string | undefined {
  const value = firstValue(object, paths);
  return typeof value === 'number' ? String(value) : value;
}

/** A text that says something, or a number; of a list, as headers are, its first. */
function valueIn(object: JsonObject, path: KeyPath): string | number | undefined {
  const value = valueAt(object, path);
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof first === 'string') return first === '' || first === '-' ? undefined : first;
  // Minus zero is zero.
  return typeof first === 'number' ? first + 0 : undefined;
}

/** Request headers that have no field of their own, as far as the line holds them and they are not plain. */
function headersOf(object: JsonObject, { headers, headerObjects, keyHeaders }: Places): string[] | undefined {
  let texts: string[] | undefined;
  const add = (value: unknown, name?: string): void => {
    const first: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
    if (typeof first === 'string') {
      const text = name === undefined ? first : headerText(name, first);
      if (!isPlainText(text) && (name === undefined || isOtherHeader(name))) (texts ??= []).push(text);
    } else if (Array.isArray(first)) for (const text of first) if (typeof text === 'string') add(text, name);
  };
  for (const { path, name } of headers) add(valueAt(object, path), name);
  for (const path of headerObjects) {
    const listed = valueAt(object, path);
    if (typeof listed !== 'object' || listed === null || Array.isArray(listed)) continue;
    for (const name of Object.keys(listed)) add((listed as JsonObject)[name], name);
  }
  for (const [key, name] of keyHeaders) add(object[key], name);
  return texts;
}

function spansBy(line: string, keys: Keys): FieldSpans {
  const spans: FieldSpans = {};
  for (const [field, name] of SPANNED) {
    for (const path of keys.get(field) ?? NO_KEYS) {
      const span = stringSpan(line, path);
      if (span === undefined) continue;
      spans[name] = span;
      break;
    }
  }
  return spans;
}
