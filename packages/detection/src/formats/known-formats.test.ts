import { expect, test } from 'vitest';
import { SAMPLE_LINES } from '../testing/sample-lines.ts';
import { KNOWN_FORMATS } from './known-formats.ts';
import { unwrap } from './wrappers.ts';

test('no format has lines that begin otherwise than it says', () => {
  const texts = Object.values(SAMPLE_LINES).map(([line]) => unwrap(line)[0]?.text ?? line);
  const chars = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
  const wrong = KNOWN_FORMATS.flatMap((format) =>
    chars
      .filter((char) => format.begins?.test(char) === false)
      .flatMap((char) => texts.flatMap((text) => [char + text, char + text.slice(1)]))
      .filter((line) => format.parse(line).ok),
  );
  expect(wrong).toEqual([]);
});
