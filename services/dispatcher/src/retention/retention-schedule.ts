import type { Logger } from '@vigil/shared/logging/logger';
import type { Database } from '@vigil/shared/storage/database';
import { applyRetention, lastBreak, type RetentionPolicy } from '@vigil/shared/storage/retention/retention';
import type { DispatcherMetrics } from '../metrics.ts';
import { ClockSteps } from './clock-steps.ts';
import { repeatedly } from './repeatedly.ts';

const INTERVAL_MS = 60 * 60 * 1000;

/** Soon after the start, so that a process that is restarted every day still gets to it. */
const FIRST_AFTER_MS = 60_000;

interface ScheduleOptions {
  firstAfterMs?: number;
  intervalMs?: number;
  /** How long nothing is dropped for its sake after the clock went ahead by days. */
  doubtMs?: number;
}

/** Applies retention once an hour; of several dispatchers one does it at a time. A stop waits for the portion that is under way. */
export function scheduleRetention(
  database: Database,
  policy: RetentionPolicy,
  metrics: Pick<DispatcherMetrics, 'droppedDays'>,
  log: Logger,
  { firstAfterMs = FIRST_AFTER_MS, intervalMs = INTERVAL_MS, doubtMs }: ScheduleOptions = {},
): { stop(): Promise<void> } {
  const steps = new ClockSteps(doubtMs);
  /** How far the clock may be ahead, ms. */
  const doubtedMs = async (): Promise<number> => {
    const found = steps.isNew ? await lastBreak(database) : undefined;
    const [nowMs, runMs] = [Date.now(), performance.now()];
    const days: (number | undefined)[] = [];
    // The clock may have gone ahead while no process watched it, and lines been scored since. Or nothing was on: whoever starts Vigil for
    // some hours a week is to get rid of what is old, too.
    if (found !== undefined) {
      const againRunMs = runMs - (nowMs - found.againMs);
      days.push(steps.tell(found.beforeMs, againRunMs), steps.tell(found.againMs, againRunMs));
    }
    days.push(steps.tell(nowMs, runMs));
    for (const ahead of days)
      if (ahead !== undefined)
        log.warn(
          { days: ahead },
          'the clock has gone ahead by days, or Vigil was off: for a day, ages are counted from before; set it right where it is wrong',
        );
    return steps.aheadMs(runMs);
  };
  const run = async (signal: AbortSignal): Promise<void> => {
    try {
      const onDrop = () => metrics.droppedDays.inc({ reason: 'age' });
      const report = await applyRetention(database, policy, { doubtedMs: await doubtedMs(), signal, onDrop });
      if (report === undefined) return;
      if (report.droppedDays.length > 0) log.info(report, 'retention dropped old events');
      const days = report.postponedDays;
      if (days.length > 0) log.warn({ days }, 'old events are in use and stay; trying again in an hour');
    } catch (err) {
      if (!signal.aborted) log.warn({ err }, 'retention failed; trying again in an hour');
    }
  };
  return repeatedly(run, { firstAfterMs, intervalMs });
}
