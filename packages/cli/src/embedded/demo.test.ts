import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { createLogger } from '@vigil/shared/logging/logger';
import { expect, it } from 'vitest';
import { createDemoLog, runDemo } from './demo.ts';

it.runIf(process.platform === 'linux')('ends with a reason where the disk under its log is full', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-demo-'));
  try {
    const path = join(folder, 'demo-access.log');
    // A device that is always full.
    symlinkSync('/dev/full', path);
    const records: string[] = [];
    const log = createLogger('vigil', 'info', { write: (record: string) => void records.push(record) });
    await runDemo(path, log, new AbortController().signal);
    expect(records.join('')).toMatch(/ENOSPC.*the demonstration ended/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it.each([
  ['set back by an hour', -3_600_000],
  ['ahead by a night, in which the machine slept', 8 * 3_600_000],
])('goes on in the present where the clock is %s', async (_what, stepMs) => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-demo-'));
  const path = join(folder, 'demo-access.log');
  createDemoLog(path);
  const stop = new AbortController();
  let steppedMs = 0;
  const now = (): number => Date.now() + steppedMs;
  const lines = (): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1);
  const minutesOff = (line: string): number => {
    const time = /\[(..)\/(...)\/(....):(\S+ \S+)\]/.exec(line)!;
    return Math.round((Date.parse(`${time[1]} ${time[2]} ${time[3]} ${time[4]}`) - now()) / 60_000);
  };
  const running = runDemo(path, createLogger('vigil', 'silent'), stop.signal, now);
  try {
    await waitUntil(() => lines().length > 1, { timeoutMs: 20_000, what: 'the first lines' });
    steppedMs = stepMs;
    const before = lines().length;
    await waitUntil(() => lines().length > before + 2, { timeoutMs: 20_000, what: 'lines after the step' });
    // The first may have been due already.
    expect(
      lines()
        .slice(before + 1)
        .map(minutesOff)
        .filter((minutes) => Math.abs(minutes) > 1),
    ).toEqual([]);
  } finally {
    stop.abort();
    await running;
    rmSync(folder, { recursive: true });
  }
});
