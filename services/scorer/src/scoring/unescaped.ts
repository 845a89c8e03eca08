/** JSON in a string of JSON, which collectors make, and once more. */
export const UNESCAPE_ROUNDS_MAX = 3;

/** Escapes of JSON, and `\xHH` of nginx and Apache; a surrogate pair is one character. One match each, so that `\\u` is never one. */
const ESCAPE = /\\(?:((?:u[dD][89abAB][0-9a-fA-F]{2}\\)?u[0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^]))/g;
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', b: '\b' };

/**
 * Text with its writer's escapes undone: `\u0026`, `\"`, `\x22`. Both texts hold one code unit per byte.
 * @returns also where each character of the new text began in the old one, and where the old one ended
 */
export function unescaped(text: string): { text: string; starts: Uint32Array } {
  const starts = new Uint32Array(text.length + 1);
  let plain = '';
  let copied = 0;
  const copyTo = (end: number): void => {
    for (let at = copied; at < end; at += 1) starts[plain.length + at - copied] = at;
    plain += text.slice(copied, end);
  };
  for (const found of text.matchAll(ESCAPE)) {
    copyTo(found.index);
    const [whole, units, byte, character = ''] = found;
    const meant =
      units !== undefined
        ? bytesOf(units)
        : byte !== undefined
          ? String.fromCharCode(Number.parseInt(byte, 16))
          : (CONTROLS[character] ?? character);
    starts.fill(found.index, plain.length, plain.length + meant.length);
    plain += meant;
    copied = found.index + whole.length;
  }
  copyTo(text.length);
  starts[plain.length] = text.length;
  return { text: plain, starts };
}

/** UTF-8 of `u00e9` or of a pair of surrogates, one code unit per byte. */
function bytesOf(units: string): string {
  const codes = units.split('\\').map((unit) => Number.parseInt(unit.slice(1), 16));
  return Buffer.from(String.fromCharCode(...codes), 'utf8').toString('latin1');
}
