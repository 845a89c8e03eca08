import { isHeaderField, type FieldName } from './fields.ts';
import type { HeaderKey } from './json-keys.ts';
import { jsonTemplateFields } from './json-line.ts';
import { isOtherHeader } from './other-headers.ts';
import { keyPath, type KeyPath } from './json-text.ts';
import type { LineFormat } from './line-format.ts';
import { compileTemplate, requireTimeAndRequest, type FieldPiece, type TemplatePiece } from './template.ts';

/** Directives by what they say: https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats */
const DIRECTIVES: Record<string, FieldPiece> = {
  h: { field: 'address' },
  a: { field: 'address' },
  u: { field: 'user' },
  r: { field: 'requestLine' },
  m: { field: 'method' },
  U: { field: 'target' },
  q: { field: 'query' },
  H: { field: 'protocol' },
  s: { field: 'status' },
  b: { field: 'bytes' },
  B: { field: 'bytes' },
  O: { field: 'bytes' },
  v: { field: 'host' },
  V: { field: 'host' },
  D: { field: 'duration', unit: 1e-6 },
  T: { field: 'duration', unit: 1 },
};

/** Directives with a name in braces, `letter:name`; headers' names are in lower case. */
const NAMED: Record<string, FieldPiece> = {
  // The address of the connection, where `mod_remoteip` made another one the client's.
  'a:c': { field: 'forwardedFor' },
  'i:x-forwarded-for': { field: 'forwardedFor' },
  'i:x-real-ip': { field: 'forwardedFor' },
  'i:x-client-ip': { field: 'forwardedFor' },
  'i:cf-connecting-ip': { field: 'forwardedFor' },
  'i:true-client-ip': { field: 'forwardedFor' },
  'i:referer': { field: 'referer' },
  'i:user-agent': { field: 'userAgent' },
  'i:host': { field: 'host' },
  'T:s': { field: 'duration', unit: 1 },
  'T:ms': { field: 'duration', unit: 1e-3 },
  'T:us': { field: 'duration', unit: 1e-6 },
};

/** A directive: conditions on the status (`%!200,304`) and which of several requests is meant (`%>s`) say nothing about its place. */
const DIRECTIVE = /%[!<>,\d]*(?:\{([^{}]*)\})?(\^[a-z]{2}|[a-z%])/gi;
/** What may stand between the pieces of one time that several directives write. */
const WITHIN_TIME = /^[-T:. ,/]{1,3}$/;

/** Whether a text is a format of Apache's and not one of nginx's. */
export function isApacheLogFormat(text: string): boolean {
  return /^\s*(?:LogFormat|CustomLog)\s/i.test(text) || (!/\$\{?[a-z]/i.test(text) && text.search(DIRECTIVE) !== -1);
}

/**
 * A format out of Apache's configuration, as it stands there: with or without `LogFormat`, quotes and the name behind. A JSON object is
 * read by its keys. A time that several directives write is read as one.
 * @throws TemplateError that says what is missing
 */
export function parseApacheLogFormat(text: string): LineFormat {
  const body = unquote(text);
  if (body.trimStart().startsWith('{')) return jsonFormat(body);
  return { name: 'custom', ...compileTemplate(piecesOf(body)) };
}

/** The format's text without the directive, its quotes and what follows them. */
function unquote(text: string): string {
  const rest = text.trim().replace(/^(?:LogFormat|CustomLog\s+(?:"[^"]*"|\S+))\s+/i, '');
  const isDirective = rest.length < text.trim().length;
  const quoted = /^(["'])((?:\\[^]|(?!\1)[^\\])*)\1(.*)$/s.exec(rest);
  // Without the directive, quotes around it all are the configuration's only where nothing but a name follows.
  const isQuoted = quoted !== null && (isDirective || /^\s*[\w-]*$/.test(quoted[3]!));
  const controls: Record<string, string> = { t: '\t', n: '\n' };
  return (isQuoted ? quoted[2]! : rest).replace(/\\(["'\\tn])/g, (_, char: string) => controls[char] ?? char);
}

function piecesOf(body: string): TemplatePiece[] {
  const pieces: TemplatePiece[] = [];
  let at = 0;
  for (const match of body.matchAll(DIRECTIVE)) {
    pushText(pieces, body.slice(at, match.index));
    at = match.index + match[0].length;
    if (match[2] === '%') pushText(pieces, '%');
    else if (match[2] === 't') pushTime(pieces, match[1]);
    else pushField(pieces, fieldOf(match[2]!, match[1]));
  }
  pushText(pieces, body.slice(at));
  return pieces;
}

function fieldOf(letter: string, name: string | undefined): FieldPiece {
  const known = name === undefined ? DIRECTIVES[letter] : NAMED[`${letter}:${name.toLowerCase()}`];
  if (known !== undefined) return known;
  return letter === 'i' && name !== undefined && isOtherHeader(name) ? { field: 'header', name } : { field: 'ignored' };
}

function pushText(pieces: TemplatePiece[], text: string): void {
  const last = pieces.at(-1);
  if (text === '') return;
  if (last !== undefined && 'text' in last) pieces[pieces.length - 1] = { text: last.text + text };
  else pieces.push({ text });
}

/** `%t` comes in brackets; `%{…}t` as its format says, and is one time with the one before it. */
function pushTime(pieces: TemplatePiece[], name: string | undefined): void {
  if (name === undefined) {
    pushText(pieces, '[');
    pieces.push({ field: 'time' });
    pushText(pieces, ']');
    return;
  }
  const last = pieces.at(-1);
  const before = last !== undefined && 'text' in last && WITHIN_TIME.test(last.text) ? pieces.at(-2) : last;
  if (before === undefined || !('field' in before) || before.field !== 'time') pieces.push({ field: 'time' });
  else pieces.length = pieces.lastIndexOf(before) + 1;
}

/** `%U%q` is path and query in one. */
function pushField(pieces: TemplatePiece[], piece: FieldPiece): void {
  const last = pieces.at(-1);
  if (piece.field === 'query' && last !== undefined && 'field' in last && last.field === 'target') return;
  pieces.push(piece);
}

/** Keys of the JSON object, by what each one holds. */
function jsonFormat(body: string): LineFormat {
  const keys = new Map<FieldName, KeyPath[]>();
  const headers: HeaderKey[] = [];
  let durationUnitSeconds: number | undefined;
  for (const [, key, text, bare] of body.matchAll(/"([^"]{1,128})"\s*:\s*(?:"([^"]*)"|(%[^\s,}]*\}?[^\s,}]*))/g)) {
    const piece = piecesOf(text ?? bare!).find((part) => 'field' in part && part.field !== 'ignored');
    if (piece === undefined || !('field' in piece) || piece.field === 'ignored') continue;
    if (isHeaderField(piece.field)) headers.push({ path: keyPath(key!), name: piece.name });
    if (piece.field === 'header') continue;
    keys.set(piece.field, [...(keys.get(piece.field) ?? []), keyPath(key!)]);
    if (piece.field === 'duration') durationUnitSeconds ??= piece.unit;
  }
  requireTimeAndRequest((field) => keys.has(field));
  return { name: 'custom', ...jsonTemplateFields(keys, { headers, durationUnitSeconds }) };
}
