import type { Logger } from '@vigil/shared/logging/logger';
import type { Database } from '@vigil/shared/storage/database';
import type { DroppedDay } from '@vigil/shared/storage/retention/drop-day';
import type { FittedDays, SizeBound, ThinnedDay } from '@vigil/shared/storage/retention/fit-days';
import { applySizeBound } from '@vigil/shared/storage/retention/retention';
import type { DispatcherMetrics } from '../metrics.ts';
import { repeatedly } from './repeatedly.ts';

/** In half a minute of the heaviest flood half a gigabyte is stored; looking at the sizes takes milliseconds. */
const INTERVAL_MS = 30_000;

/** Not when retention by age looks first: one of both at a time. */
const FIRST_AFTER_MS = 30_000;

/** What stays as it is would otherwise be said every minute. */
const SAY_AGAIN_MS = 60 * 60 * 1000;

export const BYTES_PER_GB = 1_000_000_000;

interface ScheduleOptions {
  firstAfterMs?: number;
  intervalMs?: number;
}

/**
 * Looks twice a minute whether the days of events take more than they may, and thins or drops some where they do; of several dispatchers
 * one does it at a time. A stop waits for the portion that is under way.
 */
export function scheduleSizeBound(
  database: Database,
  bound: SizeBound,
  metrics: Pick<DispatcherMetrics, 'droppedDays' | 'thinnings'>,
  log: Logger,
  { firstAfterMs = FIRST_AFTER_MS, intervalMs = INTERVAL_MS }: ScheduleOptions = {},
): { stop(): Promise<void> } {
  const gbMax = inGb(bound.bytesMax);
  const onDrop = ({ day, bytes, alerts }: DroppedDay): void => {
    metrics.droppedDays.inc({ reason: 'size' });
    log.warn(
      { day, gb: inGb(bytes), alerts, gbMax },
      'a day of events was dropped early, since all took more than RETENTION_GB_MAX: if that is too early, raise it, or see in GET /stats who fills it, and block or suppress that',
    );
  };
  const onThin = ({ day, bytesBefore, bytes, firstOfMinute }: ThinnedDay): void => {
    metrics.thinnings.inc();
    log.warn(
      { day, gbBefore: inGb(bytesBefore), gb: inGb(bytes), firstOfMinute, gbMax },
      'a day of events was thinned to the first of each minute, since all took more than RETENTION_GB_MAX: if that is a flood, see in GET /stats who makes it, and block or suppress that; otherwise raise it',
    );
  };
  let saidMs = -Infinity;
  const run = async (signal: AbortSignal): Promise<void> => {
    try {
      const fitted = await applySizeBound(database, bound, { signal, onDrop, onThin });
      if (fitted === undefined) return;
      const nowMs = performance.now();
      const isAbove = fitted.bytes > bound.bytesMax;
      if (isAbove && nowMs - saidMs >= SAY_AGAIN_MS) {
        const { bytes, untoldDays, postponedDays } = fitted;
        log.error({ gb: inGb(bytes), gbMax, untoldDays, postponedDays }, whyAbove(fitted));
        saidMs = nowMs;
      }
      if (!isAbove) saidMs = -Infinity;
    } catch (err) {
      if (!signal.aborted) log.warn({ err }, 'the size of events could not be bounded; trying again in half a minute');
    }
  };
  return repeatedly(run, { firstAfterMs, intervalMs });
}

function whyAbove({ untoldDays, postponedDays }: FittedDays): string {
  const above = 'events take more than RETENTION_GB_MAX and go on being stored';
  if (postponedDays.length > 0) return `${above}: what should go is in use`;
  if (untoldDays.length > 0) return `${above}: what should go has alerts that a sink has not taken`;
  return `${above}: only the newest days are left, or those yet to come, and thinned; watch the disk, see in GET /stats who fills it, and block or suppress that`;
}

function inGb(bytes: number): number {
  return Math.round(bytes / (BYTES_PER_GB / 1_000)) / 1_000;
}
