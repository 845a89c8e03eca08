import type { Random } from './random.ts';

const encoder = new TextEncoder();
const UNRESERVED = /[A-Za-z0-9_.~-]/;

function percent(text: string, keep: RegExp, lower: boolean): string {
  let out = '';
  for (const char of text) {
    if (keep.test(char)) out += char;
    else
      for (const byte of encoder.encode(char)) {
        const hex = byte.toString(16).padStart(2, '0');
        out += `%${lower ? hex : hex.toUpperCase()}`;
      }
  }
  return out;
}

/** What a browser leaves as it is in a query. */
const BROWSER_KEEP = /[A-Za-z0-9_.~!$'()*,;:@/?-]/;
/** What can stand in a request line at all. */
const RAW_KEEP = /[!-~]/;

const randomCase = (text: string, random: Random): string =>
  text.replaceAll(/[A-Za-z]/g, (c) => (random.chance(0.5) ? c.toUpperCase() : c.toLowerCase()));

/**
 * Writes a payload as attackers put it on the wire: as a browser would, raw, fully or partly percent-encoded, twice, in `%u`
 * escapes, with `+` for spaces, with changing case. Never with white space: it would end the request target.
 * @param changeCase whether upper and lower case mean the same in this payload's language
 */
export function encodePayload(text: string, random: Random, changeCase: boolean): string {
  const given = changeCase && random.chance(0.2) ? randomCase(text, random) : text;
  const style = random.next();
  if (style < 0.4) return percent(given, BROWSER_KEEP, false);
  if (style < 0.52) return percent(given, UNRESERVED, random.chance(0.5)).replaceAll('%20', '+');
  if (style < 0.64) return percent(given, UNRESERVED, random.chance(0.5));
  if (style < 0.76)
    return percent(
      given.replaceAll('%', '%25').replaceAll('&', '%26').replaceAll('#', '%23'),
      RAW_KEEP,
      false,
    ).replaceAll('"', '%22');
  if (style < 0.88) return percent(percent(given, UNRESERVED, false), UNRESERVED, false);
  if (style < 0.95) return percent(given, /[ac-eg-zA-Z0-9]/, true);
  return given.replaceAll(/[^A-Za-z0-9]/g, (c) => `%u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
