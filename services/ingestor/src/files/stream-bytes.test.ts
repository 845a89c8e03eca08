import { PassThrough, Readable } from 'node:stream';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { READ_BYTES } from './byte-source.ts';
import { StreamBytes } from './stream-bytes.ts';

it('gives the bytes of a stream from any place ahead, however they come', async () => {
  const content = Buffer.alloc(
    3 * READ_BYTES + 7,
    Uint8Array.from({ length: 251 }, (_value, index) => index),
  );
  const steps = fc.array(fc.nat(1.5 * READ_BYTES), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1_000, max: 1.5 * READ_BYTES }), steps, async (chunkBytes, given) => {
      const count = Math.ceil(content.length / chunkBytes);
      const chunks = Array.from({ length: count }, (_value, at) =>
        content.subarray(at * chunkBytes).subarray(0, chunkBytes),
      );
      const stream = new StreamBytes(Readable.from(chunks, { objectMode: false }), { waits: true });
      let position = 0;
      for (const step of given) {
        const { bytes, behind } = await stream.read(position);
        expect(bytes.equals(content.subarray(position, position + bytes.length))).toBe(true);
        const left = Math.max(0, content.length - position);
        expect(bytes.length).toBeGreaterThanOrEqual(Math.min(READ_BYTES, left));
        expect(behind).toBe(bytes.length >= READ_BYTES ? 'more' : 'final');
        position += step;
      }
      await stream.close();
    }),
    { numRuns: 30 },
  );
});

it('gives what has come by now where nobody is to wait, and nothing again that was given up', async () => {
  const input = new PassThrough();
  let readable = Promise.withResolvers<void>();
  const stream = new StreamBytes(input, { waits: false, onReadable: () => readable.resolve() });
  const read = async (position: number) => {
    const { bytes, behind } = await stream.read(position);
    return [bytes.toString(), behind];
  };
  expect(await read(0)).toEqual(['', 'eof']);
  input.write('one');
  await readable.promise;
  expect(await read(0)).toEqual(['one', 'eof']);
  readable = Promise.withResolvers();
  input.write('two');
  await readable.promise;
  expect(await read(2)).toEqual(['etwo', 'eof']);
  await expect(stream.read(1)).rejects.toThrow('position 1 of a stream was given up');
  readable = Promise.withResolvers();
  input.end();
  await readable.promise;
  await expect.poll(() => read(6)).toEqual(['', 'final']);
});
