import { describe, expect, it } from 'vitest';
import { visiblePieces, visibleString } from './visible-text.ts';

describe('hostile text', () => {
  it('shows bidirectional overrides as escapes, so that no file name reads backwards', () => {
    expect(visibleString('/a\u202egnp.exe')).toBe('/a\\u202egnp.exe');
    expect(visibleString('\u2066x\u2069')).toBe('\\u2066x\\u2069');
  });

  it('shows controls, zero-width characters, tags and lone surrogates', () => {
    expect(visibleString('a\u0000\u001b[31m\r\n\tb')).toBe('a\\x00\\x1b[31m\\r\\n\\tb');
    expect(visibleString('ad\u200bmin\ufeff')).toBe('ad\\u200bmin\\ufeff');
    expect(visibleString('\u{e0041}')).toBe('\\u{e0041}');
    expect(visibleString('\ud800x')).toBe('\\ud800x');
    // Formats that are not ignorable: an Arabic number sign, an annotation, a beam of notes.
    expect(visibleString('\u0600\ufff9\u{1d173}')).toBe('\\u0600\\ufff9\\u{1d173}');
    expect(visibleString('a\u00a0b')).toBe('a\\xa0b');
  });

  it('leaves letters of any script alone', () => {
    const text = 'Größe 日本語 мир שלום <img src=x onerror=alert(1)>';
    expect(visibleString(text)).toBe(text);
    expect(visiblePieces(text)).toEqual([{ text, escaped: false, at: 0 }]);
  });

  it('says where each piece stood', () => {
    expect(visiblePieces('ab\u0007c')).toEqual([
      { text: 'ab', escaped: false, at: 0 },
      { text: '\\x07', escaped: true, at: 2 },
      { text: 'c', escaped: false, at: 3 },
    ]);
    expect(visiblePieces('\t\n')).toEqual([
      { text: '\\t', escaped: true, at: 0 },
      { text: '\\n', escaped: true, at: 1 },
    ]);
  });
});
