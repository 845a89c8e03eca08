const HEX = new Int8Array(128).fill(-1);
for (let digit = 0; digit < 16; digit += 1) {
  HEX[digit.toString(16).charCodeAt(0)] = digit;
  HEX[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

const hex = (text: string, at: number): number => {
  const code = text.charCodeAt(at);
  return code < 128 ? (HEX[code] ?? -1) : -1;
};

/**
 * Undoes one round of percent encoding on Latin-1 text (one code unit per byte); what is malformed stays as it is.
 * Reads what lenient servers read too: `%u2215` (as its UTF-8 bytes), `%2%f` for `/`, and IIS's `%c0%qf`, `%c1%pc` for a slash.
 */
export function percentDecode(text: string): string {
  let at = text.indexOf('%');
  if (at === -1) return text;
  let out = '';
  let from = 0;
  while (at !== -1) {
    const high = hex(text, at + 1);
    const low = hex(text, at + 2);
    let replacement: string | undefined;
    let length = 3;
    if (high !== -1 && low !== -1) {
      const byte = high * 16 + low;
      replacement = String.fromCharCode(byte);
      if ((byte === 0xc0 || byte === 0xc1) && text[at + 3] === '%' && hex(text, at + 4) + hex(text, at + 5) < 0) {
        if (/^[0-9a-z]{2}/i.test(text.slice(at + 4, at + 6))) {
          replacement = '/';
          length = 6;
        }
      } else if (
        (byte === 0xc0 || byte === 0xc1) &&
        text[at + 3] === '%' &&
        /^(?:[g-z][0-9a-z]|[0-9a-f][g-z])/i.test(text.slice(at + 4, at + 6))
      ) {
        replacement = '/';
        length = 6;
      }
    } else if (high !== -1 && text[at + 2] === '%' && hex(text, at + 3) !== -1 && hex(text, at + 4) === -1) {
      replacement = String.fromCharCode(high * 16 + hex(text, at + 3));
      length = 4;
    } else if ((text[at + 1] === 'u' || text[at + 1] === 'U') && /^[0-9a-f]{4}/i.test(text.slice(at + 2, at + 6))) {
      const code = Number.parseInt(text.slice(at + 2, at + 6), 16);
      replacement = code < 0x80 ? String.fromCharCode(code) : utf8Bytes(code);
      length = 6;
    }
    if (replacement === undefined) {
      at = text.indexOf('%', at + 1);
      continue;
    }
    out += text.slice(from, at) + replacement;
    from = at + length;
    at = text.indexOf('%', from);
  }
  return from === 0 ? text : out + text.slice(from);
}

function utf8Bytes(code: number): string {
  if (code >= 0xd800 && code <= 0xdfff) return '?';
  return Buffer.from(String.fromCodePoint(code), 'utf8').toString('latin1');
}
