import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutLines, type CutState, type LineRange } from './cut-lines.ts';

const LIMITS = { linesMax: 3, bytesMax: 40, lineBytesMax: 10 };
const START: CutState = { cut: 0, scan: 0, skipping: false };

const cut = (text: string, behind: 'more' | 'eof' | 'final' = 'eof', state = START) =>
  cutLines(Buffer.from(text), state, LIMITS, behind);

describe('cutLines', () => {
  it('cuts at the most lines and leaves an unfinished line for later', () => {
    expect(cut('a\nb\nc\nd\nhalf')).toEqual({
      ranges: [
        { first: 0, end: 6, lines: 3, tooLong: 0 },
        { first: 6, end: 8, lines: 1, tooLong: 0 },
      ],
      state: { cut: 8, scan: 8, skipping: false },
    });
  });

  it('cuts before a batch grows over its bytes', () => {
    const { ranges } = cutLines(
      Buffer.from('aaaaaaaa\nbbbbbbbb\ncccccccc\n'),
      START,
      { ...LIMITS, bytesMax: 20 },
      'eof',
    );
    expect(ranges.map(({ end }) => end)).toEqual([18, 27]);
    const each = cutLines(Buffer.from('aaaaaaaa\nbbbbbbbb\n'), START, { ...LIMITS, bytesMax: 10 }, 'eof');
    expect(each.ranges.map(({ end }) => end)).toEqual([9, 18]);
  });

  it('ends a batch at an over-long line and counts that in the next one', () => {
    expect(cut(`a\n${'x'.repeat(11)}\nb\n`).ranges).toEqual([
      { first: 0, end: 2, lines: 1, tooLong: 0 },
      { first: 14, end: 16, lines: 1, tooLong: 1 },
    ]);
  });

  it('gives an empty batch where nothing follows an over-long line, even inside a further one', () => {
    const { ranges, state } = cut(`${'x'.repeat(11)}\n${'y'.repeat(50)}`);
    expect(ranges).toEqual([{ first: 0, end: 12, lines: 0, tooLong: 1 }]);
    expect(state).toEqual({ cut: 12, scan: 62, skipping: true });
    const then = cut('yyy\nb\n', 'eof', state);
    expect(then.ranges).toEqual([{ first: 66, end: 68, lines: 1, tooLong: 1 }]);
  });

  it('takes an unterminated last line where nothing will follow', () => {
    expect(cut('a\nb', 'final').ranges).toEqual([{ first: 0, end: 3, lines: 2, tooLong: 0 }]);
    expect(cut('x'.repeat(20), 'final').ranges).toEqual([{ first: 0, end: 20, lines: 0, tooLong: 1 }]);
    expect(cut('', 'final').ranges).toEqual([]);
    const withinLong = { cut: 4, scan: 30, skipping: true };
    expect(cut('', 'final', withinLong).ranges).toEqual([{ first: 4, end: 30, lines: 0, tooLong: 1 }]);
  });

  it('holds a batch that is not full back while more can be read at once', () => {
    expect(cut('a\nb\nc\nd\n', 'more').state).toEqual({ cut: 6, scan: 6, skipping: false });
  });

  it('covers the same lines however the content is split into windows', () => {
    const content = fc.array(
      fc.oneof(fc.string({ maxLength: 10, unit: fc.constantFrom('a', '\0', '\r', 'é') }), fc.constant('L'.repeat(30))),
    );
    fc.assert(
      fc.property(content, fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (lines, windows) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        let state = START;
        const ranges: LineRange[] = [];
        for (let n = 0, end = 0; end < bytes.length || n < windows.length; n += 1) {
          end = Math.min(bytes.length, state.scan + 11 + windows[n % windows.length]!);
          const step = cutLines(bytes.subarray(state.scan, end), state, LIMITS, end < bytes.length ? 'more' : 'eof');
          ranges.push(...step.ranges);
          state = step.state;
        }
        const texts = ranges
          .filter(({ lines: n }) => n > 0)
          .flatMap(({ first, end }) => bytes.toString('latin1', first, end - 1).split('\n'));
        const expected = bytes.toString('latin1').split('\n').slice(0, -1);
        expect(texts).toEqual(expected.filter((line) => line.length <= LIMITS.lineBytesMax));
        expect(ranges.reduce((sum, { tooLong }) => sum + tooLong, 0)).toBe(expected.length - texts.length);
        expect(ranges.every(({ lines: n }) => n <= LIMITS.linesMax)).toBe(true);
      }),
    );
  });
});
