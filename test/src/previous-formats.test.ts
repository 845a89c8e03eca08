import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requestOf } from '@vigil/detection/rules/example-request';
import { BatchWindows } from '@vigil/detection/windows/batch-windows';
import { BUCKET_FIELDS } from '@vigil/detection/windows/bucket';
import { readScoredBatch } from '@vigil/dispatcher/storing/batch-intake';
import { CheckpointFile } from '@vigil/ingestor/checkpoint/checkpoint-file';
import { readLineBatch } from '@vigil/scorer/intake/read-line-batch';
import { decodeHistory } from '@vigil/scorer/windows/history-codec';
import type { LineBatch, ScoredBatch } from '@vigil/shared/contracts';
import { fileFingerprint, lineBatchId, lineId } from '@vigil/shared/lines/ids';
import { unpackData } from '@vigil/shared/queue/packed-data';
import { expect, it } from 'vitest';

/*
 * What earlier releases left in queues, windows and checkpoints, as they wrote it. A file here is never changed: where a format becomes
 * another one, what the release before wrote is added beside it.
 */

const fixture = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../fixtures/previous-formats', name), 'utf8');
const json = (name: string): unknown => JSON.parse(fixture(name));

const SOURCE = '/var/log/nginx/access.log';

it('takes lines that an ingestor of before queued', () => {
  const intake = readLineBatch(json('lines-job.json'));
  if (!intake.ok) throw new Error(intake.detail);
  expect(intake.batch).toMatchObject({ source: SOURCE, lineCount: 12, rejected: { too_long: 1 }, format: 'combined' });
  expect(intake.bytes.toString().split('\n')[5]).toContain('UNION+SELECT+password,1+FROM+users');
});

it('takes what a scorer of before found', () => {
  const intake = readScoredBatch(unpackData('scored', json('scored-job.json')));
  if (!intake.ok) throw new Error(intake.reason);
  expect(intake.batch).toMatchObject({ linesRead: 13, scored: { LOW: 11, MEDIUM: 0, HIGH: 1 }, source: SOURCE });
  const packed = readScoredBatch(unpackData('scored', json('scored-job-packed.json')));
  if (!packed.ok) throw new Error(packed.reason);
  expect(packed.batch.detections).toHaveLength(12);
});

it('gives lines and batches that are read again the ids that they had', () => {
  const batch = json('lines-job.json') as LineBatch;
  const intake = readLineBatch(batch);
  if (!intake.ok) throw new Error(intake.detail);
  const fingerprint = fileFingerprint(intake.bytes.subarray(0, intake.bytes.indexOf('\n')));
  expect(fingerprint).toBe(batch.fingerprint);
  expect(lineBatchId(SOURCE, fingerprint, 0, intake.bytes.length)).toBe(batch.id);
  const [event] = (json('scored-job.json') as ScoredBatch).detections;
  expect(lineId(SOURCE, fingerprint, event!.position)).toBe(event!.id);
});

/** Buckets of a history as it lies in Redis. */
function rowsOf(hex: string): number[][] {
  const read = decodeHistory([Buffer.from(hex, 'hex')], 10);
  return Array.from({ length: read.length / BUCKET_FIELDS }, (_value, index) =>
    Array.from(read.subarray(index * BUCKET_FIELDS, (index + 1) * BUCKET_FIELDS)),
  );
}

it('reads the windows that scorers of before keep in Redis, and counts what they counted in the same bits', () => {
  const { hex, buckets } = json('window-history.json') as { hex: string; buckets: number[][] };
  expect(rowsOf(hex)).toEqual(buckets);

  const windows = new BatchWindows();
  for (let i = 0; i < 90; i += 1) {
    const request = requestOf({
      timestampMs: Date.UTC(2026, 2, 2, 10) + i * 1000,
      sourceIp: '203.0.113.9',
      method: i % 9 === 0 ? 'POST' : 'GET',
      target: `/page/${i}`,
      status: i % 4 === 0 ? 404 : 200,
      bytes: 100.5 + i,
      userAgent: `agent ${i % 3}`,
    });
    windows.add(i, request);
  }
  expect(windows.deltas()[0]!.minutes.map((bucket) => Array.from(bucket))).toEqual(buckets);
});

it('reads the windows of logins likewise, under the name that they had', () => {
  const { name, hex, buckets } = json('login-history.json') as { name: string; hex: string; buckets: number[][] };
  expect(rowsOf(hex)).toEqual(buckets);

  const windows = new BatchWindows({ site: SOURCE });
  for (let i = 0; i < 90; i += 1) {
    const request = requestOf({
      timestampMs: Date.UTC(2026, 2, 2, 10) + i * 1000,
      sourceIp: `203.0.113.${i % 70}`,
      method: 'POST',
      target: '/Account//login/?next=/',
      status: i % 9 === 0 ? 302 : 401,
    });
    windows.add(i, request);
  }
  const { key, minutes } = windows.deltas().at(-1)!;
  expect(key).toBe(name);
  expect(minutes.map((bucket) => Array.from(bucket))).toEqual(buckets);
});

it('goes on from the checkpoint of before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-previous-'));
  const path = join(folder, 'checkpoint.json');
  try {
    const slots = fixture('checkpoint.txt').split('\n').slice(0, 4);
    writeFileSync(path, slots.map((slot) => `${slot}\n`.padEnd(4096)).join(''));
    const checkpoint = await new CheckpointFile(path).read();
    const { contents, generations } = checkpoint!.sources[SOURCE]!;
    expect(contents.map(({ source, committed, done }) => ({ source, committed, done }))).toEqual([
      { source: undefined, committed: 300, done: false },
      { source: '/var/log/nginx/other.log', committed: 4, done: true },
    ]);
    expect(contents[0]!.intended).toEqual([{ first: 300, end: 1200, lines: 6, tooLong: 1 }]);
    expect(generations).toEqual([['ab'.repeat(16), 2]]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
