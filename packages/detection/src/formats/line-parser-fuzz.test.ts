import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SAMPLE_LINES } from '../testing/sample-lines.ts';
import { KNOWN_FORMATS } from './known-formats.ts';
import { createLineParser } from './line-parser.ts';

const NUM_RUNS = Number(process.env['VIGIL_FUZZ_RUNS'] ?? 500);

test('each format has a sample line, which the tests below change at random', () => {
  const found = Object.values(SAMPLE_LINES).map(([line]) => {
    const parser = createLineParser();
    parser.parse(line);
    return parser.format();
  });
  expect(KNOWN_FORMATS.map((format) => format.name).filter((name) => !found.includes(name))).toEqual([]);
});

const anyLine = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 400 }),
  fc.json(),
  fc
    .tuple(
      fc.constantFrom(...Object.values(SAMPLE_LINES).map(([line]) => line)),
      fc.nat(400),
      fc.nat(20),
      fc.string({ maxLength: 20 }),
    )
    .map(([line, from, count, text]) => line.slice(0, from) + text + line.slice(from + count)),
);

test('no line makes any format throw, and what is accepted is within the contract', () => {
  const detecting = createLineParser();
  const nginx = createLineParser(
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for" rt=$request_time',
  );
  const apache = createLineParser('%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i" %D');
  fc.assert(
    fc.property(anyLine, (line) => {
      for (const parser of [detecting, nginx, apache]) {
        const result = parser.parse(line);
        if (!result.ok) continue;
        const { timestampMs, status, bytes, target, sourceIp, method } = result.request;
        const isSound = Number.isSafeInteger(timestampMs) && status >= 0 && status < 1000 && bytes >= 0;
        expect([isSound, sourceIp !== '', method !== '']).toEqual([true, true, true]);
        // JSON may spell a character by six, and UTF-8 may take three bytes for it.
        expect(target.length).toBeLessThanOrEqual(line.length * 3);
        for (const [start, end] of Object.values(parser.spans(line)))
          expect(start >= 0 && start <= end && end <= line.length).toBe(true);
      }
    }),
    { numRuns: NUM_RUNS },
  );
});

test('time grows with the length of a hostile line, not with its square', () => {
  const parser = createLineParser();
  const pieces = [
    ' ',
    '"',
    '\\',
    '\\"',
    '" "',
    '] "',
    '[',
    ' {',
    '{"log":"',
    ': ',
    '<1>1 ',
    '<1>1 a b c d e ["',
    '\\u0041',
    '| ',
    '- ',
  ];
  // Work, and not time: a machine that is busy gives a thread none of it for a while.
  const cpuMsOf = (work: () => void): number => {
    const before = process.threadCpuUsage();
    work();
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1_000;
  };
  const costOf = (piece: string, length: number): number => {
    const line = piece.repeat(length / piece.length);
    return cpuMsOf(() => {
      parser.parse(line);
      parser.parse(`10.0.0.1 - ${line}`);
      parser.parse(`10.0.0.1 - - [02/Mar/2026:00:00:21 +0000] "${line}`);
    });
  };
  // A million characters in quadratic time would take many minutes; the bound only tells the two apart.
  for (const piece of pieces) expect(costOf(piece, 1_000_000)).toBeLessThan(5_000);
  // The same behind what begins a line of each format.
  for (const [line] of Object.values(SAMPLE_LINES)) {
    for (const piece of pieces) {
      const hostile = line.slice(0, Math.ceil(line.length / 2)) + piece.repeat(100_000 / piece.length);
      expect(cpuMsOf(() => void createLineParser().parse(hostile))).toBeLessThan(5_000);
    }
  }
});

test('the size of a response is a whole number within bounds, whatever digits a line holds', () => {
  const sizeOf = (size: string): unknown => {
    const line = `{"time":"2026-03-02T10:00:00Z","remote_addr":"192.0.2.1","request":"GET / HTTP/1.1","status":200,"body_bytes_sent":${size}}`;
    const result = createLineParser().parse(line);
    return result.ok && result.request.bytes;
  };
  expect([sizeOf('9'.repeat(400)), sizeOf('1e999'), sizeOf('1.5'), sizeOf('-3')]).toEqual([1e15, 1e15, 1, 0]);
});
