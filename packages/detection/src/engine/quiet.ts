import type { LiteralGate } from '../rules/literal-gate.ts';

/**
 * Whether no rule can match in a URL, told without taking it apart into views: the way of nearly every ordinary request.
 * @param from where its path begins; what stands before is known to be harmless
 */
export function isQuietUrl(
  url: string,
  from: number,
  path: LiteralGate,
  query: LiteralGate,
  raw: LiteralGate,
): boolean {
  const mark = url.indexOf('?', from);
  const pathEnd = mark === -1 ? url.length : mark;
  if (!path.isQuiet(url, from, pathEnd, false)) return false;
  // Parameters within a path are read as such.
  const equals = url.indexOf('=', from);
  if (equals !== -1 && equals < pathEnd) return false;
  if (mark !== -1 && !query.isQuiet(url, mark + 1, url.length, true)) return false;
  return isQuietAsLogged(url, raw);
}

/** The same for a text that is no URL. */
export function isQuiet(text: string, decoded: LiteralGate, raw: LiteralGate): boolean {
  return decoded.isQuiet(text, 0, text.length, false) && isQuietAsLogged(text, raw);
}

/** Where nothing is encoded, the text as logged is the decoded one. */
function isQuietAsLogged(text: string, raw: LiteralGate): boolean {
  return (!text.includes('%') && !text.includes('+')) || !raw.opens(text);
}
