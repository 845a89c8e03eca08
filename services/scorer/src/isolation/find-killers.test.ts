import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import { createEngineSource } from '../rules/engine-source.ts';
import { lineBatchOf, logLine } from '../testing/line-batch.ts';
import { createKillerFinder } from './find-killers.ts';

const NO_RULES = { packs: [], shadowPacks: [], suppressions: [] };
const workerUrl = new URL('../testing/killer-worker.ts', import.meta.url);

const find = (targets: string[], finder = createKillerFinder({ workerUrl, lineTimeoutMs: 2_000, heapMb: 64 })) => {
  const lines = targets.map((target) => logLine(target));
  return finder(lineBatchOf(lines), Buffer.from(lines.join('\n'), 'latin1'));
};

it('finds the lines that hang, end or exhaust their thread, and no other', async () => {
  const killers = await find(['/', '/hang', '/a', '/exit', '/exhaust', '/b']);
  expect([...killers.keys()]).toEqual([1, 3, 4]);
  expect([...killers.values()].map(({ message }) => message)).toEqual([
    'no end within 2000 ms',
    expect.stringContaining('code 9'),
    // Whichever comes first on a busy machine.
    expect.stringMatching(/memory|no end/),
  ]);
});

it('gives up what is left of a batch in which too many lines kill', async () => {
  const killers = await find(
    Array.from({ length: 30 }, () => '/exit'),
    createKillerFinder({ workerUrl, killersMax: 2 }),
  );
  expect(killers.size).toBe(30);
  expect(killers.get(29)!.message).toContain('not tried');
});

it('finds nothing in ordinary lines with the real engine', async () => {
  const killers = await find(['/', '/item?id=1%27%20union%20select%201--', 'x'], createKillerFinder());
  expect(killers.size).toBe(0);
});

it('has one thread at a time, since each takes a heap of its own', async () => {
  const order: string[] = [];
  const watch = (thread: Worker): void => {
    order.push('begins');
    thread.once('exit', () => order.push('ends'));
  };
  process.on('worker', watch);
  onTestFinished(() => void process.off('worker', watch));
  const finder = createKillerFinder({ workerUrl, lineTimeoutMs: 2_000 });
  await Promise.all(['/', '/hang', '/exit', '/'].map((target) => find([target], finder)));
  expect(order).toEqual(['begins', 'ends', 'begins', 'ends', 'begins', 'ends', 'begins', 'ends']);
});

it('goes on after a batch for which its thread does not start', async () => {
  let isThere = false;
  const rules = () => {
    if (!isThere) throw new Error('no rules');
    return NO_RULES;
  };
  const finder = createKillerFinder({ workerUrl, rules });
  await expect(find(['/'], finder)).rejects.toThrow('no rules');
  isThere = true;
  expect((await find(['/'], finder)).size).toBe(0);
});

it('tries lines by the rules in use while those in the folder are not valid', async () => {
  const rulesDir = mkdtempSync(join(tmpdir(), 'vigil-rules-'));
  onTestFinished(() => rmSync(rulesDir, { recursive: true }));
  const source = createEngineSource({ rulesDir });
  writeFileSync(join(rulesDir, 'bad.yaml'), 'pack: [');
  const killers = await find(['/'], createKillerFinder({ rules: () => source.rules() }));
  expect(killers.size).toBe(0);
});
