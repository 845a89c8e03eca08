/** Letters and digits in a row, of both cases, from which a text may be base64 that is worth decoding. */
const MIXED_RUN_MIN = 14;

/** Marks of code units: more than percent encoding may change it in decoding, or it is no text. */
export const ODD = 1;
export const DIGIT = 2;
const LOWER = 4;
const UPPER = 8;
/** A plus or percent sign, which begins what percent encoding changes. */
export const ENCODED = 16;
/** Both cases. */
export const CASED = LOWER | UPPER;

/** The mark of each code unit under 256; 0 for what is none of these. */
export const MARKS = new Uint8Array(256);
for (let code = 0; code < 256; code += 1) {
  const char = String.fromCharCode(code);
  if (code < 0x21 || code > 0x7e || '\\;'.includes(char)) MARKS[code] = ODD;
  else if ('%+'.includes(char)) MARKS[code] = ENCODED;
  else if (char >= '0' && char <= '9') MARKS[code] = DIGIT;
  else if (char >= 'a' && char <= 'z') MARKS[code] = LOWER;
  else if (char >= 'A' && char <= 'Z') MARKS[code] = UPPER;
}

/** Whether a text has a run of letters and digits long and mixed enough to be base64. */
export function hasMixedRun(text: string): boolean {
  let run = 0;
  let seen = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const mark = code < 256 ? (MARKS[code] as number) & (DIGIT | CASED) : 0;
    if (mark === 0) {
      run = 0;
      seen = 0;
      continue;
    }
    run += 1;
    seen |= mark;
    if (run >= MIXED_RUN_MIN && (seen & CASED) === CASED) return true;
  }
  return false;
}
