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
      const travelled = JSON.parse(JSON.stringify(packData('scored', data)));
      expect(unpackData('scored', travelled)).toEqual(JSON.parse(JSON.stringify(data)));
    }),
    { numRuns: 200 },
  );
});

it('packs what is long, to a part of its length', () => {
  const data = { long: LONG };
  expect(JSON.stringify(packData('scored', data)).length).toBeLessThan(LONG.length / 10);
  expect(packData('scored', { short: 'x' })).toEqual({ short: 'x' });
});

it('gives back a job that was dead-lettered as it was packed and is queued once more', () => {
  // Too varied to become short.
  const data = { events: Array.from({ length: 4_000 }, (_, index) => Math.sin(index)) };
  const letter = packData('scored', data);
  expect(JSON.stringify(letter).length).toBeGreaterThan(16 * 1024);
  expect(unpackData('scored', packData('scored', letter))).toEqual(data);
});

it.each([
  ['no base64', '\0'],
  ['no frame', Buffer.from('not compressed').toString('base64')],
  ['cut short', (packData('scored', { long: LONG }) as { zstd: string }).zstd.slice(0, 40)],
  ['no JSON', zstdCompressSync(Buffer.from('{"v":')).toString('base64')],
  ['a bomb', zstdCompressSync(Buffer.alloc(129 * 1024 * 1024)).toString('base64')],
])('hands on as it came what cannot be unpacked: %s', (_, zstd) => {
  expect(unpackData('scored', { zstd })).toEqual({ zstd });
});

it('leaves a long job packed that stopped its workers again and again: a gigabyte of objects may be in it', () => {
  const ordinary = packData('scored', { long: LONG });
  expect(unpackData('scored', ordinary, true)).toEqual({ long: LONG });
  const long = packData('scored', { longer: 'x'.repeat(9 * 1024 * 1024) });
  expect(unpackData('scored', long)).not.toEqual(long);
  expect(unpackData('scored', long, true)).toEqual(long);
});

it('neither packs nor unpacks lines, which their batch has packed', () => {
  const packed = packData('scored', { long: LONG });
  expect(unpackData('lines', packed)).toEqual(packed);
  expect(packData('lines', { long: LONG })).toEqual({ long: LONG });
});

it.each([undefined, null, 7, 'text', [], {}, { zstd: 7 }])('leaves %j as it is', (data) => {
  expect(unpackData('scored', data)).toEqual(data);
});
