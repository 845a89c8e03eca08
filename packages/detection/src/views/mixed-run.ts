/** Letters and digits in a row, of both cases, from which a text may be base64 that is worth decoding. */
export const MIXED_RUN_MIN = 14;

/** Classes of code units for the plain-text check: 1 changes in decoding, 2 digit, 4 lower case, 8 upper case, 0 other. */
export const ODD = new Uint8Array(256);
for (let code = 0; code < 256; code += 1) {
  const char = String.fromCharCode(code);
  if (code < 0x21 || code > 0x7e || '%+\\;'.includes(char)) ODD[code] = 1;
  else if (char >= '0' && char <= '9') ODD[code] = 2;
  else if (char >= 'a' && char <= 'z') ODD[code] = 4;
  else if (char >= 'A' && char <= 'Z') ODD[code] = 8;
}

/** Whether a text has a run of letters and digits long and mixed enough to be base64. */
export function hasMixedRun(text: string): boolean {
  let run = 0;
  let seen = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const mark = code < 256 ? (ODD[code] as number) : 0;
    if (mark > 1) {
      run += 1;
      seen |= mark;
      if (run >= MIXED_RUN_MIN && (seen & 12) === 12) return true;
    } else {
      run = 0;
      seen = 0;
    }
  }
  return false;
}
