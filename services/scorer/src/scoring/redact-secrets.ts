import { jsonSecretRanges, type SecretRange } from './json-secrets.ts';
import { encoded, ENCODED_TIMES_MAX, isSecretName, NAME_LENGTH_MAX } from './secret-names.ts';

/** What stands where a secret stood. */
export const REDACTED = '***';

const EQUALS = `=|${encoded('3d')}`;
const NAME = String.raw`[^=&?;\s"#]{1,${NAME_LENGTH_MAX}}?`;
const SEPARATORS = encoded('3f|26|3b|23');
/** A parameter's name with what stands before it, percent-encoded or not: URLs are often values of URLs. */
const PARAMETER = {
  field: new RegExp(`(^|[?&;#]|${SEPARATORS})(${NAME})(${EQUALS})`, 'gi'),
  // Formats that log the query by itself often put it in quotes.
  line: new RegExp(`(^|["?&#]|;\\s?|${SEPARATORS})(${NAME})(${EQUALS})`, 'gi'),
};
const COLON = `:|${encoded('3a')}`;
/** What stands before the host in a URL: `//user:password@`. */
const USER = new RegExp(
  String.raw`(?:${COLON})(?:/|${encoded('2f')}){2}([^\s"/?#@]{1,384}?)(?:@|${encoded('40')})`,
  'gi',
);
/**
 * What is known for a secret by its form, wherever it stands: our own keys, and JSON Web Tokens behind their header, which says nothing but
 * how they are signed. It begins where a word does, which may be behind `%3D`, so that a run of beginnings is read once.
 */
const BY_FORM = {
  token: /(?<=(?:^|[^\w-]|%[0-9a-fA-F]{2})eyJ[\w-]{10,}\.)eyJ[\w-]+(?:\.[\w-]*)?/g,
  ownKey: /vgl_[\w-]{43}/g,
};
const FIRST_COLON = new RegExp(COLON, 'i');

/** Where a value ends whose separators are encoded once, twice and so on; what is encoded more often is part of the value. */
const END_ENCODED = Array.from(
  { length: ENCODED_TIMES_MAX },
  (_, level) => new RegExp(String.raw`[&#\s"]|%(?:25){0,${level}}2[36]|\\u002[36]`, 'gi'),
);
const END_MATRIX = /[&;?#]/g;
const END_QUERY = /[&#]/g;
// In JSON an ampersand may be written `\u0026`.
const END_IN_LINE = /[&#\s"]|\\u002[36]/g;
const END_MATRIX_IN_LINE = /[&;?#\s"]|\\u002[36]/g;

export type TextKind = 'field' | 'line';

/**
 * Values of parameters named like secrets (in a query, a fragment, a path's `;name=value`, a URL within a value, a member of a JSON
 * document), passwords of URLs, JSON Web Tokens and keys of ours.
 * @param kind `field`: the text is a target, a query or a referer alone; `line`: other fields stand around it
 */
export function secretRanges(text: string, kind: TextKind): SecretRange[] {
  // Most texts have none of these marks, and an event has a score of texts.
  const isEncoded = text.includes('%');
  const ranges: SecretRange[] = [];
  // A quote is itself, `\u0022` or `%22`; the sign behind a user is itself or `%40`.
  if (text.includes('"') || text.includes('22')) ranges.push(...jsonSecretRanges(text, kind));
  if (isEncoded || text.includes('=')) addParameters(ranges, text, kind);
  const hasUser = (text.includes('@') || text.includes('40')) && (isEncoded || text.includes('://'));
  if (hasUser) addUsers(ranges, text);
  if (text.includes('.eyJ')) addMatches(ranges, text, BY_FORM.token);
  if (text.includes('vgl_')) addMatches(ranges, text, BY_FORM.ownKey);
  return ranges.length === 0 ? ranges : merged(ranges);
}

function addParameters(ranges: SecretRange[], text: string, kind: TextKind): void {
  const parameter = PARAMETER[kind];
  parameter.lastIndex = 0;
  for (let found = parameter.exec(text); found !== null; found = parameter.exec(text)) {
    const [, before = '', name = '', equals = ''] = found;
    if (!isSecretName(name)) {
      // The name of another may begin within what was taken for this one's.
      parameter.lastIndex = found.index + found[0].length;
      continue;
    }
    const start = found.index + found[0].length;
    const end = endOf(text, start, endPattern(before, equals, kind));
    if (end > start) ranges.push([start, end]);
    parameter.lastIndex = Math.max(end, start);
  }
}

function addUsers(ranges: SecretRange[], text: string): void {
  for (const found of text.matchAll(USER)) {
    const [whole, user = ''] = found;
    const colon = FIRST_COLON.exec(user);
    if (colon === null) continue;
    const from = found.index + whole.lastIndexOf(user);
    const start = from + colon.index + colon[0].length;
    if (from + user.length > start) ranges.push([start, from + user.length]);
  }
}

function addMatches(ranges: SecretRange[], text: string, form: RegExp): void {
  for (const { index, 0: found } of text.matchAll(form)) ranges.push([index, index + found.length]);
}

/** The text without the ranges, and where a position of the old text stands in the new one. */
export function withoutRanges(
  text: string,
  ranges: readonly SecretRange[],
): { text: string; at: (position: number) => number } {
  if (ranges.length === 0) return { text, at: (position) => position };
  const sorted = merged(ranges);
  let rest = '';
  let from = 0;
  for (const [start, end] of sorted) {
    rest += text.slice(from, start) + REDACTED;
    from = end;
  }
  rest += text.slice(from);
  const at = (position: number): number => {
    let shift = 0;
    for (const [start, end] of sorted) {
      if (position <= start) break;
      if (position < end) return start + shift + REDACTED.length;
      shift += REDACTED.length - (end - start);
    }
    return position + shift;
  };
  return { text: rest, at };
}

function endPattern(before: string, equals: string, kind: TextKind): RegExp {
  // Cookies have a blank behind it.
  const level = Math.max(before.trimEnd().length, equals.length);
  // `%3d` is encoded once, and each `25` in it once more.
  if (level > 1) return END_ENCODED[(level - 3) / 2]!;
  if (before.startsWith(';')) return kind === 'field' ? END_MATRIX : END_MATRIX_IN_LINE;
  return kind === 'field' ? END_QUERY : END_IN_LINE;
}

function endOf(text: string, start: number, pattern: RegExp): number {
  pattern.lastIndex = start;
  return pattern.exec(text)?.index ?? text.length;
}

function merged(ranges: readonly SecretRange[]): SecretRange[] {
  const result: [number, number][] = [];
  for (const [start, end] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else result.push([start, end]);
  }
  return result;
}
