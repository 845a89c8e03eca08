import { expect, it } from 'vitest';
import { linesOfBatch } from '../testing/memory-producer.ts';
import { batchesOfPush, pushFingerprint } from './push-batches.ts';

const origin = { source: 'http', fingerprint: 'p-1', format: undefined };
const limits = { linesMax: 3, bytesMax: 10 };

const batchesOf = (lines: readonly string[], rejected = {}) =>
  batchesOfPush({ kept: lines.map((line) => Buffer.from(line)), rejected }, origin, limits, 0);

it('makes no batch of more lines or bytes than it may hold, but for a line that is longer', () => {
  const lines = ['a', 'b', 'c', 'd', 'four', 'six', 'a long line of its own', '', 'e'];
  expect(batchesOf(lines).map((batch) => linesOfBatch(batch).map(({ text }) => text))).toEqual([
    ['a', 'b', 'c'],
    ['d', 'four', 'six'],
    ['a long line of its own'],
    ['', 'e'],
  ]);
});

it('counts the newline behind each line among the bytes of a batch', () => {
  expect(batchesOf(['aaaa', 'bbbbb'])).toHaveLength(1);
  expect(batchesOf(['aaaa', 'bbbbbb'])).toHaveLength(2);
});

it('counts what it gives up once, also where no line is left', () => {
  const rejected = { too_long: 2 };
  expect(batchesOf(['a', 'b', 'c', 'd'], rejected).map((batch) => batch.rejected)).toEqual([rejected, {}]);
  expect(batchesOf([], rejected)).toMatchObject([{ lineCount: 0, rejected }]);
  expect(batchesOf([])).toEqual([]);
});

it('tells two shippers apart that count their batches alike', () => {
  const fingerprints = [pushFingerprint('a', '11'), pushFingerprint('a1', '1'), pushFingerprint('b', '11')];
  expect(new Set(fingerprints).size).toBe(3);
  expect(pushFingerprint('a', '11')).toBe(fingerprints[0]);
});
