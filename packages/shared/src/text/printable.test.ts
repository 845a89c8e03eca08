import { expect, test } from 'vitest';
import { printable } from './printable.ts';

test.each([
  ['plain ünïcode 🙂', 'plain ünïcode 🙂'],
  ['\u001b[2Jgone', '\\u{1b}[2Jgone'],
  ['\u009b2J', '\\u{9b}2J'],
  ['user\u202egpj.exe', 'user\\u{202e}gpj.exe'],
  ['a\r\nb\tc\0', 'a\\u{d}\\u{a}b\\u{9}c\\u{0}'],
  ['\ud83d x \ude42', '\\u{d83d} x \\u{de42}'],
])('%j cannot act on a terminal', (text, shown) => {
  expect(printable(text)).toBe(shown);
});
