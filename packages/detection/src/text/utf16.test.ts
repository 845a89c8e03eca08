import { expect, it } from 'vitest';
import { looksUtf16 } from './utf16.ts';

const LINES = '203.0.113.9 - - [02/Mar/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 5\r\n203.0.113.9 - -';
const LITTLE = Buffer.from(LINES, 'utf16le');
const BIG = Buffer.from(LITTLE).swap16();

it('knows UTF-16 by its mark and by its NULs, wherever a newline cuts it', () => {
  for (const bytes of [LITTLE, BIG]) {
    expect(looksUtf16(bytes)).toBe(true);
    expect(looksUtf16(bytes.subarray(bytes.indexOf('\n') + 1))).toBe(true);
  }
  expect(looksUtf16(Buffer.from([0xff, 0xfe]))).toBe(true);
  expect(looksUtf16(Buffer.from([0xfe, 0xff, 0, 0x32]))).toBe(true);
});

it.each([LINES, '', '2', `\ufeff${LINES}`, '\u00fe\u00ff', '\0\0\0\0\0\0', 'a\0bcd', '{"a":"\0"}'])(
  'takes no other text for it: %j',
  (text) => {
    expect(looksUtf16(Buffer.from(text))).toBe(false);
  },
);
