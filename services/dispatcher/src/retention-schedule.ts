import type { Logger } from '@vigil/shared/logging/logger';
import type { Database } from '@vigil/shared/storage/database';
import { applyRetention, lastStoredMs, type RetentionPolicy } from '@vigil/shared/storage/retention';
import { ClockSteps } from './clock-steps.ts';

const INTERVAL_MS = 60 * 60 * 1000;

/** Soon after the start, so that a process that is restarted every day still gets to it. */
const FIRST_AFTER_MS = 60_000;

interface ScheduleOptions {
  firstAfterMs?: number;
  intervalMs?: number;
  /** How long nothing is dropped after the clock went ahead by days. */
  doubtMs?: number;
}

/** Applies retention once an hour; of several dispatchers one does it at a time. A stop waits for the portion that is under way. */
export function scheduleRetention(
  database: Database,
  policy: RetentionPolicy,
  log: Logger,
  { firstAfterMs = FIRST_AFTER_MS, intervalMs = INTERVAL_MS, doubtMs }: ScheduleOptions = {},
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const steps = new ClockSteps(doubtMs);
  let running: Promise<void> = Promise.resolve();
  const mayDrop = async (): Promise<boolean> => {
    // The clock may have gone ahead while no process watched it.
    if (steps.isNew) steps.tell((await lastStoredMs(database)) ?? Date.now(), performance.now());
    const days = steps.tell(Date.now(), performance.now());
    if (days !== undefined)
      log.warn(
        { days },
        'the clock has gone ahead by days: nothing is dropped for a day; set it right where it is wrong',
      );
    return !steps.isDoubted(performance.now());
  };
  const run = async (): Promise<void> => {
    try {
      if (!(await mayDrop())) return;
      const report = await applyRetention(database, policy, { signal: stopping.signal });
      if (report === undefined) return;
      if (report.droppedDays.length > 0) log.info(report, 'retention dropped old events');
      const days = report.postponedDays;
      if (days.length > 0) log.warn({ days }, 'old events are in use and stay; trying again in an hour');
    } catch (err) {
      if (!stopping.signal.aborted) log.warn({ err }, 'retention failed; trying again in an hour');
    }
  };
  let timer = setTimeout(function next() {
    timer = setTimeout(next, intervalMs);
    running = run();
  }, firstAfterMs);
  return {
    stop: async () => {
      clearTimeout(timer);
      stopping.abort();
      await running;
    },
  };
}
