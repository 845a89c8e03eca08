import { expect, it } from 'vitest';
import { originAllowed } from './origins.ts';

it.each([
  ['a program, which has none', undefined, [], true],
  ['its own', 'https://vigil.example', [], true],
  ['one that is listed', 'https://console.example', ['https://console.example'], true],
  ['another port of its own host', 'https://vigil.example:8443', [], false],
  ['one that is not listed', 'https://evil.example', ['https://console.example'], false],
  ['any where all may', 'https://evil.example', ['*'], true],
  ['a page without one where all may', 'null', ['*'], true],
  ['a page without one', 'null', ['https://console.example'], false],
] as const)('lets in pages of the origins that may open a stream: %s', (_whose, origin, allowed, is) => {
  const headers = { host: 'vigil.example', ...(origin === undefined ? {} : { origin }) };
  expect(originAllowed(headers, allowed)).toBe(is);
});
