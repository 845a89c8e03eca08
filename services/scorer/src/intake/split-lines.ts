const NEWLINE = 0x0a;

/** Lines in a payload; without bytes it is one empty line or none, which only the batch's own count can tell. */
export function countLines(bytes: Uint8Array, lineCount: number): number {
  if (bytes.length === 0) return Math.min(1, lineCount);
  let lines = 1;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) lines += 1;
  return lines;
}

/** [start, end) offsets of each line, two numbers a line. */
export function lineBounds(bytes: Uint8Array, lineCount: number): Uint32Array {
  const bounds = new Uint32Array(lineCount * 2);
  let start = 0;
  for (let line = 0; line < lineCount; line += 1) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline;
    bounds[line * 2] = start;
    bounds[line * 2 + 1] = end;
    start = end + 1;
  }
  return bounds;
}
