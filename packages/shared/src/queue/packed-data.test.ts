import { zstdCompressSync } from 'node:zlib';
import { assert, jsonValue, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { packData, unpackData } from './packed-data.ts';

const LONG = 'a detection, and another; '.repeat(1000);

it('gives back whatever was packed', () => {
  assert(
    property(jsonValue({ stringUnit: 'binary' }), string({ unit: 'binary' }), (value, text) => {
      const data = { value, text, long: LONG };
      // As jobs travel: as JSON.
      const travelled = JSON.parse(JSON.stringify(packData(data)));
      expect(unpackData(travelled)).toEqual(JSON.parse(JSON.stringify(data)));
    }),
    { numRuns: 200 },
  );
});

it('packs what is long, to a part of its length', () => {
  const data = { long: LONG };
  expect(JSON.stringify(packData(data)).length).toBeLessThan(LONG.length / 10);
  expect(packData({ short: 'x' })).toEqual({ short: 'x' });
});

it('gives back a job that was dead-lettered as it was packed and is queued once more', () => {
  // Too varied to become short.
  const data = { events: Array.from({ length: 4_000 }, (_, index) => Math.sin(index)) };
  const letter = packData(data);
  expect(JSON.stringify(letter).length).toBeGreaterThan(16 * 1024);
  expect(unpackData(packData(letter))).toEqual(data);
});

it.each([
  ['no base64', '\0'],
  ['no frame', Buffer.from('not compressed').toString('base64')],
  ['cut short', (packData({ long: LONG }) as { zstd: string }).zstd.slice(0, 40)],
  ['no JSON', zstdCompressSync(Buffer.from('{"v":')).toString('base64')],
  ['a bomb', zstdCompressSync(Buffer.alloc(129 * 1024 * 1024)).toString('base64')],
])('hands on as it came what cannot be unpacked: %s', (_, zstd) => {
  expect(unpackData({ zstd })).toEqual({ zstd });
});

it.each([undefined, null, 7, 'text', [], {}, { zstd: 7 }])('leaves %j as it is', (data) => {
  expect(unpackData(data)).toEqual(data);
});
