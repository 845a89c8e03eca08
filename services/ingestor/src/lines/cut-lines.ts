const NEWLINE = 0x0a;

export interface CutLimits {
  /** Most lines of one batch. */
  linesMax: number;
  /** Most bytes of one batch, newlines included; a single line may be longer. */
  bytesMax: number;
  /** Longest line that is kept, without its newline. */
  lineBytesMax: number;
}

/** Lines that become one batch: [first, end) of the content, `end` behind the last newline. */
export interface LineRange {
  first: number;
  end: number;
  lines: number;
  /** Over-long lines skipped directly before `first`; where `lines` is 0, those that [first, end) consists of. */
  tooLong: number;
}

/**
 * What lies behind the bytes: `more` content that can be read at once, `eof` (it may grow), or `final` (it never will, so that
 * an unterminated last line is a line).
 */
export type Behind = 'more' | 'eof' | 'final';

export interface CutState {
  /** Where the next range starts: the end of the last one. */
  cut: number;
  /** Where to look on; differs from `cut` only inside an over-long line. */
  scan: number;
  /** `scan` lies inside an over-long line whose newline is still to come. */
  skipping: boolean;
}

/**
 * Cuts bytes into ranges of whole lines without making a string of any. A range never spans an over-long line: such a line is
 * skipped up to its newline and counted in the next range, or in an empty one where none follows in these bytes.
 *
 * @param bytes content from position `state.scan` on
 */
export function cutLines(
  bytes: Buffer,
  state: CutState,
  limits: CutLimits,
  behind: Behind,
): { ranges: LineRange[]; state: CutState } {
  const base = state.scan;
  const ranges: LineRange[] = [];
  let { cut, skipping } = state;
  let tooLong = 0;
  let tooLongEnd = 0;
  let first = 0;
  let lines = 0;
  let at = 0;

  const flush = (): void => {
    if (lines === 0) return;
    cut = base + at;
    ranges.push({ first: base + first, end: cut, lines, tooLong });
    lines = 0;
    tooLong = 0;
  };

  while (at < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, at);
    if (newline === -1 && behind !== 'final') {
      if (!skipping && bytes.length - at <= limits.lineBytesMax) break;
      flush();
      skipping = true;
      at = bytes.length;
      break;
    }
    const lineEnd = newline === -1 ? bytes.length : newline;
    const next = newline === -1 ? bytes.length : newline + 1;
    if (skipping || lineEnd - at > limits.lineBytesMax) {
      flush();
      skipping = false;
      tooLong += 1;
      tooLongEnd = next;
      at = next;
      continue;
    }
    if (lines > 0 && next - first > limits.bytesMax) flush();
    if (lines === 0) first = at;
    lines += 1;
    at = next;
    if (lines === limits.linesMax) flush();
  }
  if (skipping && behind === 'final') {
    skipping = false;
    tooLong += 1;
    tooLongEnd = bytes.length;
  }

  // A batch that is not full waits for the bytes that can be read at once; one that carries a count is sent with it.
  const holdBack = behind === 'more' && lines > 0 && tooLong === 0 && ranges.length > 0;
  if (holdBack) return { ranges, state: { cut, scan: base + first, skipping: false } };
  flush();
  if (tooLong > 0) {
    // Not up to `at`: that may lie inside a further long line.
    ranges.push({ first: cut, end: base + tooLongEnd, lines: 0, tooLong });
    cut = base + tooLongEnd;
  }
  return { ranges, state: { cut, scan: base + at, skipping } };
}
