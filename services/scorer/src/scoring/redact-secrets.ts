/** What stands where a secret stood. */
export const REDACTED = '***';

/** [start, end) of a secret's value in a text. */
export type SecretRange = readonly [number, number];

/** Names that hold a secret wherever they are part of a name (`user[password]`, `X-Amz-Security-Token`). */
const SECRET_PART =
  /passw|passphrase|secret|token|apikey|accesskey|privatekey|authkey|session|sessid|credential|signature|authorization|jwt|cvv/;
/** Names that are too short or too common to be looked for within others. */
const SECRET_WHOLE = new Set(['pwd', 'pass', 'sid', 'auth', 'key', 'sig', 'otp', 'pin', 'cvc', 'ssn', 'bearer']);

/** A parameter's name with what stands before it, percent-encoded or not: URLs are often values of URLs. */
const PARAMETER = /(^|[?&;]|%3f|%26|%3b)([^=&?;\s"#]{1,128}?)(=|%3d)/gi;
/** Password of a URL: `//user:password@host`. */
const PASSWORD = /(?::|%3a)(?:\/|%2f){2}[^\s"/?#@:]{0,128}?(?::|%3a)([^\s"/?#@]{1,256}?)(?:@|%40)/gi;

const END_ENCODED = /&|%26|#|%23|[\s"]/gi;
const END_MATRIX = /[&;?#]/g;
const END_QUERY = /[&#]/g;
const END_IN_LINE = /[&#\s"]/g;
const END_MATRIX_IN_LINE = /[&;?#\s"]/g;

/** Shorter ones would be found anywhere by accident. */
const VALUE_LENGTH_MIN = 4;
const EXCERPT_LENGTH_MAX = 200;

/** Whether a parameter of this name is likely to hold a secret. */
export function isSecretName(name: string): boolean {
  const plain = percentDecoded(name)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '');
  return SECRET_PART.test(plain) || SECRET_WHOLE.has(plain);
}

/**
 * Values of parameters named like secrets (in a query, a path's `;name=value`, a URL within a value) and passwords of URLs.
 * @param kind `field`: the text is a target, a query or a referer alone; `line`: other fields stand around it
 */
export function secretRanges(text: string, kind: 'field' | 'line'): SecretRange[] {
  const ranges: SecretRange[] = [];
  PARAMETER.lastIndex = 0;
  for (let found = PARAMETER.exec(text); found !== null; found = PARAMETER.exec(text)) {
    const [, before = '', name = '', equals = ''] = found;
    if (!isSecretName(name)) {
      // The name of another may begin within what was taken for this one's.
      PARAMETER.lastIndex = found.index + found[0].length;
      continue;
    }
    const start = found.index + found[0].length;
    const end = endOf(text, start, endPattern(before, equals, kind));
    if (end > start) ranges.push([start, end]);
    PARAMETER.lastIndex = Math.max(end, start);
  }
  PASSWORD.lastIndex = 0;
  for (let found = PASSWORD.exec(text); found !== null; found = PASSWORD.exec(text)) {
    const separator = found[0].slice(found[0].length - 3) === '%40' ? 3 : 1;
    const end = found.index + found[0].length - separator;
    ranges.push([end - found[1]!.length, end]);
  }
  return merged(ranges);
}

/** The text of a field without its secrets. */
export function redactField(text: string): string {
  return withoutRanges(text, secretRanges(text, 'field')).text;
}

/** The text without the ranges, and where a position of the old text stands in the new one. */
export function withoutRanges(
  text: string,
  ranges: readonly SecretRange[],
): { text: string; at: (position: number) => number } {
  if (ranges.length === 0) return { text, at: (position) => position };
  const sorted = merged(ranges);
  let redacted = '';
  let from = 0;
  for (const [start, end] of sorted) {
    redacted += text.slice(from, start) + REDACTED;
    from = end;
  }
  redacted += text.slice(from);
  const at = (position: number): number => {
    let shift = 0;
    for (const [start, end] of sorted) {
      if (position <= start) break;
      if (position < end) return start + shift + REDACTED.length;
      shift += REDACTED.length - (end - start);
    }
    return position + shift;
  };
  return { text: redacted, at };
}

/** Secrets of a text, as they stand there and decoded once, for `redactExcerpt`. */
export function secretValues(text: string): string[] {
  const values = secretRanges(text, 'field').flatMap(([start, end]) => {
    const value = text.slice(start, end);
    return [value, percentDecoded(value), percentDecoded(value.replaceAll('+', ' '))];
  });
  return [...new Set(values)].filter((value) => value.length >= VALUE_LENGTH_MIN);
}

/** Evidence without the secrets: whole ones, and ones of which it shows the beginning, the end or a piece. */
export function redactExcerpt(excerpt: string, secrets: readonly string[]): string {
  let text = withoutRanges(excerpt, secretRanges(excerpt, 'line')).text;
  for (const secret of secrets) {
    if (text.length >= VALUE_LENGTH_MIN && secret.includes(text)) return REDACTED;
    text = text.replaceAll(secret, REDACTED);
    const longest = Math.min(secret.length, text.length, EXCERPT_LENGTH_MAX);
    for (let length = longest; length >= VALUE_LENGTH_MIN; length -= 1) {
      if (text.startsWith(secret.slice(-length))) text = REDACTED + text.slice(length);
      if (text.endsWith(secret.slice(0, length))) text = text.slice(0, -length) + REDACTED;
    }
  }
  return text;
}

function endPattern(before: string, equals: string, kind: 'field' | 'line'): RegExp {
  if (before.length > 1 || equals.length > 1) return END_ENCODED;
  if (before === ';') return kind === 'field' ? END_MATRIX : END_MATRIX_IN_LINE;
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

/** Each `%HH` by itself: what is damaged stays as it is. */
function percentDecoded(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
