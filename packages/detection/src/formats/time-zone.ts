const DAY_MS = 86_400_000;

/** Turns a time that the clocks of a zone show, as if it were UTC's, into epoch ms. Times that are no number stay so. */
export type TimeZone = (localMs: number) => number;

/** Whether `timeZone` knows it: a name of the IANA database, or an offset such as `+05:30`. */
export function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

/**
 * A zone by its name. An hour that its clocks show twice is the first one, and one that they leave out is the next: what a line's time
 * means must not depend on when it is read.
 * @param name which `isTimeZone` knows
 */
export function timeZone(name: string): TimeZone {
  const offsetAt = offsets(name);
  let steadyDay = Number.NaN;
  let steadyOffsetMs = 0;
  return (localMs) => {
    const day = Math.floor(localMs / DAY_MS);
    if (day === steadyDay) return localMs - steadyOffsetMs;
    if (Number.isNaN(day)) return Number.NaN;
    // No zone is a day from UTC, so that the days around hold whatever change may concern this one.
    const beforeMs = offsetAt((day - 1) * DAY_MS);
    const afterMs = offsetAt((day + 2) * DAY_MS);
    if (beforeMs !== afterMs) return nearChange(localMs, beforeMs, afterMs, offsetAt);
    steadyDay = day;
    steadyOffsetMs = beforeMs;
    return localMs - beforeMs;
  };
}

/** Of the offsets before and after a change the one that then is in use, the earlier where both are or none. */
function nearChange(localMs: number, beforeMs: number, afterMs: number, offsetAt: (ms: number) => number): number {
  const isLater = offsetAt(localMs - beforeMs) !== beforeMs && offsetAt(localMs - afterMs) === afterMs;
  return localMs - (isLater ? afterMs : beforeMs);
}

/** How far the zone's clocks are ahead of UTC at an instant, ms. */
function offsets(name: string): (atMs: number) => number {
  const clock = new Intl.DateTimeFormat('en', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instantMs) => {
    // Clocks show no fraction of a second, and an offset has none.
    const atMs = Math.floor(instantMs / 1000) * 1000;
    const shown: Record<string, number> = {};
    for (const { type, value } of clock.formatToParts(atMs)) shown[type] = Number(value);
    const { year, month, day, hour, minute, second } = shown as Record<Intl.DateTimeFormatPartTypes, number>;
    return Date.UTC(year, month - 1, day, hour, minute, second) - atMs;
  };
}
