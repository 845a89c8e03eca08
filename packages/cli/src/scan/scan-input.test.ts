import { createEngine } from '@vigil/detection';
import { createMemoryWindowStore } from '@vigil/scorer/windows/memory-window-store';
import { fileFingerprint, lineId } from '@vigil/shared/lines/ids';
import { LINE_BYTES_MAX_USUAL } from '@vigil/shared/lines/line-length';
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

it('numbers the lines of a long input and gives them the ids that they have in the pipeline, however its bytes arrive', async () => {
  const text = Array.from({ length: 2_500 }, (_, second) => request('198.51.100.7', second));
  const bytes = Buffer.from(text.join(''));
  async function* reads(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
  }
  const scanned: ScannedLine[] = [];
  const parts = { engine: createEngine(), windows: createMemoryWindowStore(), source: 'site', input: 0 };
  for await (const lines of scanInput(reads(), parts)) scanned.push(...lines);
  const fingerprint = fileFingerprint(Buffer.from(text[0]!.trimEnd()));
  expect(scanned.map(({ line: number, id }) => [number, id])).toEqual(
    Array.from({ length: 2_500 }, (_, at) => [at + 1, lineId('site', fingerprint, at * text[0]!.length)]),
  );
});

it('rejects a line from the first byte beyond the longest that is scored', async () => {
  const line = request('198.51.100.7', 0).trimEnd();
  const filled = (length: number): string => line.replace('/page', `/${'x'.repeat(length - line.length + 4)}`);
  const text = [LINE_BYTES_MAX_USUAL, LINE_BYTES_MAX_USUAL + 1].map(filled).join('\n');
  const scanned: ScannedLine[] = [];
  const parts = { engine: createEngine(), windows: createMemoryWindowStore(), source: 'site', input: 0 };
  for await (const lines of scanInput(bytesOf(text), parts)) scanned.push(...lines);
  expect(scanned.map(({ rejected }) => rejected)).toEqual([undefined, 'too_long']);
});

it('scores a line as long as nginx writes one of its longest requests, in which every byte is escaped', async () => {
  const field = String.raw`\xFF`.repeat(8_000);
  const line = `203.0.113.9 - ${field} [23/Nov/2026:12:00:00 +0000] "GET /?id=1'+union+select+1,2--&x=${field} HTTP/1.1" 200 512 "${field}" "${field}"\n`;
  const scanned: ScannedLine[] = [];
  const parts = { engine: createEngine(), windows: createMemoryWindowStore(), source: 'site', input: 0 };
  for await (const lines of scanInput(bytesOf(line), parts)) scanned.push(...lines);
  expect(scanned[0]).toMatchObject({ severity: 'HIGH', classes: expect.arrayContaining(['SQL_INJECTION']) });
});

it('finds passwords tried from three hundred addresses within sixty tries, and nothing at three busy logins', async () => {
  const lines: [second: number, line: string][] = [];
  const add = (second: number, ip: string, method: string, target: string, status: number): void => {
    const time = new Date(Date.UTC(2026, 10, 23, 12) + second * 1000).toISOString().slice(11, 19);
    const asked = `"${method} ${target} HTTP/1.1" ${status} 512 ${AGENT}`;
    lines.push([second, `${ip} - - [23/Nov/2026:${time} +0000] ${asked}\n`]);
  };
  const address = (net: number, i: number): string => `${net}.${i % 7}.${i >> 8}.${i & 255}`;
  for (let i = 0; i < 300; i += 1) add(i * 0.8, address(101, i), 'POST', '/account/login', 401);
  for (let i = 0; i < 1_500; i += 1) {
    const second = i / 5;
    // A shop whose customers mistype, an app whose grants have ended, and a portal whose login is broken since a release.
    add(second, address(102, i), 'GET', '/shop/login', 200);
    if (i % 3 === 0) add(second + 1, address(102, i), 'POST', '/shop/login', 401);
    add(second + 2, address(102, i), 'POST', '/shop/login', 302);
    add(second, address(103, i), 'POST', '/oauth/token', i % 2 === 0 ? 400 : 401);
    for (const part of ['/portal/', '/portal/app.css', '/portal/app.js', '/portal/login'])
      add(second, address(104, i), 'GET', part, 200);
    add(second + 1, address(104, i), 'POST', '/portal/login', i % 2 === 0 ? 403 : 500);
  }
  const text = lines
    .toSorted(([a], [b]) => a - b)
    .map(([, line]) => line)
    .join('');
  const scanned: ScannedLine[] = [];
  const parts = { engine: createEngine(), windows: createMemoryWindowStore(), source: 'site', input: 0 };
  for await (const some of scanInput(bytesOf(text), parts)) scanned.push(...some);
  const alerts = scanned.filter(({ severity }) => severity !== 'LOW');
  expect(new Set(alerts.map(({ path, severity }) => `${severity} ${path}`))).toEqual(
    new Set(['MEDIUM /account/login']),
  );
  const tries = scanned.filter(({ path }) => path === '/account/login');
  expect(tries.findIndex(({ severity }) => severity === 'MEDIUM')).toBeLessThan(60);
  expect(alerts.length).toBeGreaterThan(20);
  expect(alerts.length).toBeLessThan(120);
});
