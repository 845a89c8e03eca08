import { expect, test } from 'vitest';
import { printable, printableJson } from './printable.ts';

const HOSTILE: [hostile: string, shown: string][] = [
  ['\u001b[2Jgone', '\\u{1b}[2Jgone'],
  ['\u009b2J', '\\u{9b}2J'],
  ['user\u202egpj.exe', 'user\\u{202e}gpj.exe'],
  ['a\r\nb\tc\0', 'a\\u{d}\\u{a}b\\u{9}c\\u{0}'],
  ['\ud83d x \ude42', '\\u{d83d} x \\u{de42}'],
  ['soft\u00adhyphen\u200b\u061c\u2028', 'soft\\u{ad}hyphen\\u{200b}\\u{61c}\\u{2028}'],
  ['tag\u{e0041}', 'tag\\u{e0041}'],
];

test.each(HOSTILE)('%j cannot act on a terminal', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('what everyone can see stays as it is', () => {
  expect(printable('plain ünïcode 語 🙂 \\u{9b}')).toBe('plain ünïcode 語 🙂 \\u{9b}');
  expect(printableJson('{"text":"ünïcode 語 🙂 \\\\ \\u009b"}')).toBe('{"text":"ünïcode 語 🙂 \\\\ \\u009b"}');
});

test.each(HOSTILE)('%j cannot act on a terminal as JSON either, and is the same value', (text) => {
  const value = { [text]: [text, { nested: text }] };
  for (const indent of [0, 2]) {
    const json = printableJson(JSON.stringify(value, undefined, indent));
    expect(json).not.toMatch(/(?![\n])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/u);
    expect(JSON.parse(json)).toEqual(value);
  }
});
