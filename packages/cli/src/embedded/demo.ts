import { appendFileSync, statSync, truncateSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@vigil/shared/logging/logger';
import { generateTraffic } from '@vigil/traffic/generate-traffic';

/** Enough to look alive, little enough to read along. */
const LINES_PER_SECOND = 12;
const ATTACK_SHARE = 0.06;

/** The log starts over at this size: a demonstration left running for a month must not fill a disk. */
const LOG_BYTES_MAX = 16 * 1024 * 1024;
const LINES_BETWEEN_CHECKS = 1_000;

/** Where traffic and clock are further apart, the machine has slept or its clock was set: nobody wants the hours between made up for. */
const APART_MAX_MS = 60_000;

/** Makes an empty demonstration log where there is none, so that its reader need not wait for one. */
export function createDemoLog(path: string): void {
  appendFileSync(path, '', { mode: 0o600 });
}

/**
 * Writes simulated traffic to the demonstration log, each line at its own time, until `signal` is aborted. Ends with a log record where
 * it cannot write, on a full disk for one: what else is watched goes on.
 * @param now the clock, epoch ms
 */
export async function runDemo(path: string, log: Logger, signal: AbortSignal, now = Date.now): Promise<void> {
  try {
    while (!signal.aborted) await writeTraffic(path, signal, now);
  } catch (err) {
    log.error({ err, path }, 'the demonstration ended: its log cannot be written; start again once it can');
  }
}

/** Resolves where the traffic is to begin anew. */
async function writeTraffic(path: string, signal: AbortSignal, now: () => number): Promise<void> {
  const startMs = now();
  const traffic = generateTraffic({
    mode: 'mixed',
    attackShare: ATTACK_SHARE,
    seed: startMs % 2 ** 31,
    startMs,
    rate: LINES_PER_SECOND,
  });
  let written = 0;
  for (const { line, timeMs } of traffic) {
    const waitMs = timeMs - now();
    if (Math.abs(waitMs) > APART_MAX_MS) return;
    await delay(Math.max(0, waitMs), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    if (written % LINES_BETWEEN_CHECKS === 0) truncateIfLarge(path);
    appendFileSync(path, `${line}\n`, { mode: 0o600 });
    written += 1;
  }
}

function truncateIfLarge(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_BYTES_MAX) truncateSync(path);
}
