import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineChunks, type LineChunk } from './line-chunks.ts';

async function* pieces(text: string, cuts: readonly number[]): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  let start = 0;
  for (const cut of [...cuts.map((n) => n % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b)) {
    if (cut > start) yield bytes.subarray(start, cut);
    start = Math.max(start, cut);
  }
}

test('chunks put together again are the input, wherever it was cut', async () => {
  const text = fc.array(fc.constantFrom('a', 'é', '\n', '\r\n', ' '), { maxLength: 60 }).map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(), { maxLength: 8 }), async (input, cuts) => {
      const bytes = Buffer.from(input);
      const chunks: LineChunk[] = [];
      for await (const chunk of lineChunks(pieces(input, cuts))) chunks.push(chunk);
      for (const { offset, bytes: part } of chunks) expect(bytes.subarray(offset, offset + part.length)).toEqual(part);
      const together = chunks.map((chunk) => chunk.bytes.toString()).join('\n');
      expect(input.endsWith('\n') ? `${together}\n` : together).toBe(input);
    }),
  );
});

test('an endless line is cut once, and what follows it keeps its place', async () => {
  async function* endless(): AsyncGenerator<Buffer> {
    yield Buffer.from('first\n');
    for (let n = 0; n < 20; n += 1) yield Buffer.alloc(1024 * 1024, 0x61);
    yield Buffer.from('\nnext\n');
    yield Buffer.from('last');
  }
  const chunks: LineChunk[] = [];
  for await (const chunk of lineChunks(endless())) chunks.push(chunk);
  const behind = 6 + 20 * 1024 * 1024 + 1;
  expect(chunks.map(({ offset }) => offset)).toEqual([0, 6, behind, behind + 5]);
  expect(chunks[1]?.bytes.length).toBeLessThan(6 * 1024 * 1024);
  expect(chunks.slice(2).map(({ bytes }) => bytes.toString())).toEqual(['next', 'last']);
});
