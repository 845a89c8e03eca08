const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const DAY_MS = 86_400_000;

/** No access log is older. A clock that was never set begins there. */
const YEAR_MIN = 1970;
/** A zone can move the last days of a year into the next one, which must have four digits, too. */
const YEAR_MAX = 9998;

/** Length of `02/Mar/2026:00:00:21 +0000`. */
export const CLF_TIME_LENGTH = 26;

/** Characters of the day and the zone that were read last, and the midnight (epoch ms) that they mean. */
const known = new Uint8Array(CLF_TIME_LENGTH);
let knownMidnightMs = Number.NaN;

let namedNoZone = false;

/** Whether the time that was read last names no zone, and was taken as UTC. */
export function hadNoZone(): boolean {
  return namedNoZone;
}

/**
 * Epoch ms of `02/Mar/2026:00:00:21 +0000` at `at`; NaN where there is no such time.
 * The lines of a day share their date and zone, so what those mean is kept.
 */
export function clfTimeMs(line: string, at: number): number {
  namedNoZone = false;
  const timeOfDayMs = clockMs(line, at + 12);
  return (
    (isKnown(line, at, 0, 12) && isKnown(line, at, 20, 26) ? knownMidnightMs : learnMidnight(line, at)) + timeOfDayMs
  );
}

function isKnown(line: string, at: number, from: number, to: number): boolean {
  for (let i = from; i < to; i += 1) if (line.charCodeAt(at + i) !== known[i]) return false;
  return true;
}

function learnMidnight(line: string, at: number): number {
  if (line.charCodeAt(at + 20) !== 0x20) return Number.NaN;
  const midnightMs = clfDayMs(line, at) - zoneMinutes(line, at + 21) * 60_000;
  if (Number.isNaN(midnightMs)) return Number.NaN;
  for (let i = 0; i < CLF_TIME_LENGTH; i += 1) known[i] = line.charCodeAt(at + i);
  knownMidnightMs = midnightMs;
  return midnightMs;
}

/** Epoch ms of `02/Mar/2026:00:00:21` at `at`, taken as UTC; NaN where there is no such time. */
function clfLocalMs(line: string, at: number): number {
  return clfDayMs(line, at) + clockMs(line, at + 12);
}

function clfDayMs(line: string, at: number): number {
  if (line.charCodeAt(at + 2) !== 0x2f || line.charCodeAt(at + 6) !== 0x2f) return Number.NaN;
  const beforeClock = line.charCodeAt(at + 11);
  // Apache's formats may say it with a blank: `%{%d/%b/%Y %T}t`.
  if (beforeClock !== 0x3a && beforeClock !== 0x20) return Number.NaN;
  return dayMs(digits(line, at + 7, 4), monthOf(line, at + 3), digits(line, at, 2));
}

/**
 * Epoch ms of a time in any notation that access logs use: CLF and ISO 8601 (also `2026/03/02`), both with or without a fraction and a zone
 * (`hadNoZone`), C's `Mon Mar  2 00:00:21 2026`, seconds, milliseconds, microseconds or nanoseconds since the epoch; in brackets, too, as
 * Apache's `%t` writes them. NaN where it is none of these.
 */
export function timeMs(written: string | number): number {
  namedNoZone = false;
  if (typeof written === 'number') return written >= 1e8 && written < 1e19 ? epochMs(written) : Number.NaN;
  const text = written.charCodeAt(0) === 0x5b && written.endsWith(']') ? written.slice(1, -1) : written;
  if (text.charCodeAt(2) === 0x2f) return clfVariantMs(text);
  if (text.charCodeAt(4) === 0x2d || text.charCodeAt(4) === 0x2f) return isoMs(text);
  if (text.length === ASC_TIME_LENGTH && text.charCodeAt(3) === 0x20) return ascTimeMs(text);
  return text.length <= 24 && /^\d{9,19}(?:\.\d{1,9})?$/.test(text) ? epochMs(Number(text)) : Number.NaN;
}

const FRACTION_MAX_DIGITS = 9;

function clfVariantMs(text: string): number {
  if (text.length === CLF_TIME_LENGTH && text.charCodeAt(20) === 0x20) return clfTimeMs(text, 0);
  const localMs = clfLocalMs(text, 0);
  const { ms, end } = fraction(text, 20);
  namedNoZone = end === text.length;
  if (namedNoZone) return localMs + ms;
  const zoneAt = text.charCodeAt(end) === 0x20 ? end + 1 : end;
  return localMs + ms - zoneMinutes(text, zoneAt) * 60_000;
}

function isoMs(text: string): number {
  const separator = text.charCodeAt(10);
  if (text.charCodeAt(7) !== text.charCodeAt(4) || (separator !== 0x54 && separator !== 0x74 && separator !== 0x20))
    return Number.NaN;
  const localMs = dayMs(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)) + clockMs(text, 11);
  const { ms, end } = fraction(text, 19);
  namedNoZone = end === text.length;
  if (namedNoZone) return localMs + ms;
  const code = text.charCodeAt(end);
  if ((code === 0x5a || code === 0x7a) && end + 1 === text.length) return localMs + ms;
  return localMs + ms - zoneMinutes(text, code === 0x20 ? end + 1 : end) * 60_000;
}

/** Length of `Mon Mar  2 00:00:21 2026`. */
const ASC_TIME_LENGTH = 24;

function ascTimeMs(text: string): number {
  namedNoZone = true;
  const day = text.charCodeAt(8) === 0x20 ? digits(text, 9, 1) : digits(text, 8, 2);
  return dayMs(digits(text, 20, 4), monthOf(text, 4), day) + clockMs(text, 11);
}

function epochMs(value: number): number {
  if (value < 1e11) return Math.round(value * 1000);
  if (value < 1e14) return Math.round(value);
  return Math.round(value < 1e17 ? value / 1e3 : value / 1e6);
}

/** `.123456` or `,123` at `at`: its milliseconds and where it ends; 0 where there is none. */
function fraction(text: string, at: number): { ms: number; end: number } {
  const mark = text.charCodeAt(at);
  if (mark !== 0x2e && mark !== 0x2c) return { ms: 0, end: at };
  let end = at + 1;
  let value = 0;
  let scale = 1000;
  while (end - at <= FRACTION_MAX_DIGITS) {
    const digit = text.charCodeAt(end) - 48;
    if (!(digit >= 0 && digit <= 9)) break;
    scale /= 10;
    value += digit * scale;
    end += 1;
  }
  return { ms: Math.floor(value + 1e-6), end };
}

/** `+0130`, `-08:00` or `Z` that ends the zone at `at`; minutes east of UTC, NaN where there is none. */
function zoneMinutes(text: string, at: number): number {
  const sign = text.charCodeAt(at);
  if (sign === 0x5a) return 0;
  if (sign !== 0x2b && sign !== 0x2d) return Number.NaN;
  const colon = text.charCodeAt(at + 3) === 0x3a ? 1 : 0;
  const minutes = digits(text, at + 1, 2) * 60 + digits(text, at + 3 + colon, 2);
  // The widest zones in use are -12:00 and +14:00.
  return minutes <= 14 * 60 ? (sign === 0x2d ? -minutes : minutes) : Number.NaN;
}

/** `00:00:21` at `at`, in ms of its day; a leap second counts as the next second. */
function clockMs(text: string, at: number): number {
  if (text.charCodeAt(at + 2) !== 0x3a || text.charCodeAt(at + 5) !== 0x3a) return Number.NaN;
  const hour = digits(text, at, 2);
  const minute = digits(text, at + 3, 2);
  const second = digits(text, at + 6, 2);
  return hour < 24 && minute < 60 && second <= 60 ? ((hour * 60 + minute) * 60 + second) * 1000 : Number.NaN;
}

function dayMs(year: number, month: number, day: number): number {
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return Number.NaN;
  if (year < YEAR_MIN || year > YEAR_MAX) return Number.NaN;
  // Days from civil (H. Hinnant): years begin in March, so that the leap day comes last.
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return (era * 146_097 + dayOfEra - 719_468) * DAY_MS;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** 1..12, or NaN. */
function monthOf(text: string, at: number): number {
  for (let month = 0; month < 12; month += 1) {
    const of = month * 3;
    if (
      text.charCodeAt(at + 2) === MONTHS.charCodeAt(of + 2) &&
      text.charCodeAt(at + 1) === MONTHS.charCodeAt(of + 1) &&
      text.charCodeAt(at) === MONTHS.charCodeAt(of)
    )
      return month + 1;
  }
  return Number.NaN;
}

/** Decimal number of exactly `count` digits at `at`, or NaN. */
function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i += 1) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
