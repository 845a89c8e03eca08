import { createEngine } from '@vigil/detection';
import { createMemoryWindowStore } from '@vigil/scorer/windows/memory-window-store';
import { expect, it } from 'vitest';
import { scanInput, type ScannedLine } from './scan-input.ts';

const HEADER = '#Software: Microsoft Internet Information Services 10.0\n';
const AGENT = '"-" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"';
const request = (ip: string, second: number): string =>
  `${ip} - - [23/Nov/2026:12:00:${String(second % 60).padStart(2, '0')} +0000] "GET /page HTTP/1.1" 200 512 ${AGENT}\n`;
const quiet = HEADER + request('198.51.100.7', 0);
const loud = HEADER + Array.from({ length: 1_200 }, (_, second) => request('203.0.113.9', second)).join('');

async function* bytesOf(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

/** Lines of the last input that came too fast. */
async function linesTooFast(...inputs: string[]): Promise<number> {
  const engine = createEngine();
  const windows = createMemoryWindowStore();
  let last: ScannedLine[] = [];
  for (const [input, text] of inputs.entries()) {
    last = [];
    for await (const lines of scanInput(bytesOf(text), { engine, windows, source: 'site', input })) last.push(...lines);
  }
  await windows.close();
  return last.filter((line) => line.matched_rules.includes('RATE_ANOMALY')).length;
}

it('counts what clients do in every input, though all begin with the same line', async () => {
  const alone = await linesTooFast(loud);
  expect(alone).toBeGreaterThan(0);
  expect(await linesTooFast(quiet, loud)).toBe(alone);
});

it('scores a line as long as nginx writes one of its longest requests, in which every byte is escaped', async () => {
  const field = String.raw`\xFF`.repeat(8_000);
  const line = `203.0.113.9 - ${field} [23/Nov/2026:12:00:00 +0000] "GET /?id=1'+union+select+1,2--&x=${field} HTTP/1.1" 200 512 "${field}" "${field}"\n`;
  const scanned: ScannedLine[] = [];
  const parts = { engine: createEngine(), windows: createMemoryWindowStore(), source: 'site', input: 0 };
  for await (const lines of scanInput(bytesOf(line), parts)) scanned.push(...lines);
  expect(scanned[0]).toMatchObject({ severity: 'HIGH', classes: expect.arrayContaining(['SQL_INJECTION']) });
});
