import { expect, it } from 'vitest';
import { readConfig } from '../config.ts';
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

const CONFIG = { DATABASE_URL: 'postgres://h/d', REDIS_URL: 'redis://h' };

it('takes what browsers send for origins that may open a stream', () => {
  const origins = [
    'https://a.example',
    'http://localhost:5173',
    'http://[::1]:8080',
    'chrome-extension://abc',
    'null',
    '*',
  ];
  expect(readConfig({ ...CONFIG, WS_ORIGINS: origins.join(', ') }).WS_ORIGINS).toEqual(origins);
});

it.each([
  'console.example.org',
  'https://console.example.org/',
  'https://console.example.org/console',
  'https://console.example.org:443',
  'https://*.example.org',
  'https://Console.example.org',
  'https://user@console.example.org',
])('refuses to start with %s, which would let nobody in', (origin) => {
  expect(() => readConfig({ ...CONFIG, WS_ORIGINS: `https://a.example, ${origin}` })).toThrow(
    'WS_ORIGINS: must be origins as browsers send them, such as https://console.example.org',
  );
});
