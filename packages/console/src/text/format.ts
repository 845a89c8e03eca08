const whole = new Intl.NumberFormat('en-GB');
const compact = new Intl.NumberFormat('en-GB', { notation: 'compact', maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const zonedClock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'shortOffset',
});
const shortClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: '2-digit', month: 'short' });
const dayOfYear = new Intl.DateTimeFormat('en-GB', { day: '2-digit', month: 'short', year: 'numeric' });
const relative = new Intl.RelativeTimeFormat('en-GB', { numeric: 'auto', style: 'narrow' });

/** 12,345 */
export const number = (value: number): string => whole.format(value);

/** `event` of 1, `events` of any other number */
export const noun = (count: number, one: string, several = `${one}s`): string => (count === 1 ? one : several);

/** 12.3K from ten thousand on; below it every one counts. */
export const shortNumber = (value: number): string => (value < 10_000 ? whole.format(value) : compact.format(value));

/** 14:02:09 */
export const timeOfDay = (ms: number): string => clock.format(ms);

/** 14:02:09 GMT+5:30, for what is held beside a log that may have been written elsewhere. */
export const timeWithZone = (ms: number): string => zonedClock.format(ms);

/** 14:02, or 23 Nov 14:02 where it is not today, with the year where it is another one. */
export function momentShort(ms: number, nowMs: number): string {
  const date = dayIfNotToday(ms, nowMs);
  return date === '' ? shortClock.format(ms) : `${date} ${shortClock.format(ms)}`;
}

/** 23 Nov, with the year where it is another one; empty for today. */
export function dayIfNotToday(ms: number, nowMs: number): string {
  const [at, now] = [new Date(ms), new Date(nowMs)];
  if (at.toDateString() === now.toDateString()) return '';
  return (at.getFullYear() === now.getFullYear() ? day : dayOfYear).format(at);
}

/** 3 min ago */
export function ago(ms: number, nowMs: number): string {
  const seconds = Math.round((ms - nowMs) / 1000);
  const size = Math.abs(seconds);
  if (size < 60) return relative.format(seconds, 'second');
  if (size < 3_600) return relative.format(Math.round(seconds / 60), 'minute');
  if (size < 86_400) return relative.format(Math.round(seconds / 3_600), 'hour');
  return relative.format(Math.round(seconds / 86_400), 'day');
}

export { scoreText as score } from '@vigil/shared/text/score-text';

/** 12.5 % */
export const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 && share > 0 ? 1 : 0)} %`;

/** 1.2 KiB */
export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length, Math.floor(Math.log2(count) / 10));
  return `${(count / 1024 ** power).toFixed(1)} ${units[power - 1]}`;
}

/** 0 s, 0.4 s, 12 s, 3 min, 2 h */
export function duration(seconds: number): string {
  if (seconds < 0.05) return '0 s';
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}

const ACRONYMS = new Set([
  'SQL',
  'XSS',
  'XXE',
  'SSRF',
  'CRLF',
  'SSTI',
  'LDAP',
  'UA',
  'RCE',
  'LFI',
  'RFI',
  'JWT',
  'API',
  'PHP',
  'NOSQL',
]);

/** `SQL_INJECTION` → `SQL injection`; anything that is not in capitals stays as it is. */
export function className(name: string): string {
  if (!/^[A-Z0-9_]+$/.test(name)) return name;
  const words = name.split('_').map((word) => (ACRONYMS.has(word) ? word : word.toLowerCase()));
  const text = words.join(' ').replace('log4shell', 'Log4Shell');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Fields of a request, in words. */
export const FIELD_NAMES: Record<string, string> = {
  method: 'method',
  path: 'path',
  query: 'query',
  param_name: 'parameter name',
  param_value: 'parameter',
  referer: 'referer',
  user_agent: 'user agent',
  host: 'host',
  header: 'header',
  remote_user: 'user name',
  request_line: 'request line',
  status: 'response status',
  window: 'behaviour',
};
