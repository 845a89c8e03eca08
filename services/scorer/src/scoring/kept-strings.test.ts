import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createEngine } from '@vigil/detection';
import { createLineParser } from '@vigil/detection/formats/line-parser';
import { expect, it } from 'vitest';
import { createMemoryWindowStore } from '../windows/memory-window-store.ts';
import { LineJudge } from './judge-lines.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

const LINES = 1_500;
const PADDING = 'a/'.repeat(8_000);

const lineOf = (ip: string, referer: string, agent: string): string =>
  `${ip} - - [02/Mar/2026:12:00:00 +0000] "GET /${PADDING} HTTP/1.1" 200 512 "${referer}" "${agent}"`;
const numbered = (index: number): string => `2001:db8:1234:5678::${(0x10000 + index).toString(16)}`;

it.each<[string, (index: number) => string]>([
  ['addresses that come again', (index) => lineOf(numbered(index % (LINES / 2)), 'https://h.example/', 'Mozilla/5.0')],
  ['agents', (index) => lineOf('198.51.100.7', '-', `Mozilla/5.0 (compatible; x${index}; $(id))`)],
  ['referers', (index) => lineOf('198.51.100.7', `https://h.example/?q=<script>${index}`, 'Mozilla/5.0')],
])('does not keep whole lines for their %s', async (_, line) => {
  const engine = createEngine();
  const parser = createLineParser();
  const windows = createMemoryWindowStore();
  const judgeFrom = async (from: number): Promise<void> => {
    const judge = new LineJudge(engine);
    // Out of bytes, as lines come: a string that was put together keeps its pieces apart.
    judge.read({ count: 250, textAt: (index) => Buffer.from(line(from + index), 'latin1').toString('latin1') }, parser);
    judge.conclude(await windows.apply(`b${from}`, judge.windows.deltas()));
  };
  // What is compiled when it is first needed is none of the lines'.
  await judgeFrom(LINES);
  const before = heapBytes();
  for (let from = 0; from < LINES; from += 250) await judgeFrom(from);
  const kept = heapBytes() - before;
  expect(kept).toBeLessThan((LINES * PADDING.length) / 3);
  // Both live until here.
  expect([engine.version, windows.kind]).toHaveLength(2);
});
