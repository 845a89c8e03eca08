import { Writable } from 'node:stream';
import pc from 'picocolors';
import { printable } from '@vigil/shared/text/printable';
import { scoreText } from '@vigil/shared/text/score-text';

const LEVEL_COLOURS: Record<string, (text: string) => string> = {
  warn: pc.yellow,
  error: pc.red,
  fatal: pc.red,
};

/** Fields that the printer shows by itself or that say nothing to a person at a terminal. */
const HIDDEN = new Set(['level', 'time', 'msg', 'service', 'err', 'id']);

/** Alerts of one second that are printed: a log that is read for the first time holds thousands, and would take the banner with them. */
export const ALERTS_PER_SECOND_MAX = 20;

/** How long the count of those left out may wait for a line before which it is printed. */
const COUNT_DELAY_MS = 1_000;

/**
 * Takes the loggers' JSON records and prints each as one readable line; whatever stands in them is shown as text. Of many alerts it
 * prints some and counts the others.
 */
export function createLogPrinter(out: { write(text: string): unknown }): Writable {
  let second = '';
  let alerts = 0;
  let timer: NodeJS.Timeout | undefined;
  const endSecond = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const more = alerts - ALERTS_PER_SECOND_MAX;
    if (more > 0) out.write(`${pc.dim(`         … and ${more} more alerts: the console and vigil tail have them`)}\n`);
    alerts = 0;
  };
  const print = (line: string): void => {
    const record = parse(line);
    const at = String(record?.['time']).slice(0, 19);
    if (record?.['msg'] !== 'threat' || at !== second) endSecond();
    second = at;
    if (record?.['msg'] === 'threat') {
      alerts += 1;
      if (alerts > ALERTS_PER_SECOND_MAX) {
        timer ??= setTimeout(endSecond, COUNT_DELAY_MS).unref();
        return;
      }
    }
    out.write(`${record === undefined ? printable(line) : format(record)}\n`);
  };
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      for (const line of chunk.toString().split('\n')) if (line !== '') print(line);
      done();
    },
  });
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function format(record: Record<string, unknown>): string {
  const time = pc.dim(String(record['time']).slice(11, 19));
  if (record['msg'] === 'threat') return `${time} ${threat(record)}`;
  const level = String(record['level']);
  const colour = LEVEL_COLOURS[level] ?? pc.dim;
  const fields = Object.entries(record)
    .filter(([name]) => !HIDDEN.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const error = (record['err'] as { message?: string } | undefined)?.message;
  if (error !== undefined) fields.push(`(${error})`);
  return `${time} ${colour(level.padEnd(6))} ${String(record['service'])}: ${printable([String(record['msg']), ...fields].join(' '))}`;
}

function threat(record: Record<string, unknown>): string {
  const severity = String(record['severity']);
  const colour = severity === 'HIGH' ? pc.red : pc.yellow;
  const rules = (record['matched_rules'] as string[]).join(' ');
  const text = `${scoreText(Number(record['score']))} ${String(record['ip']).padEnd(15)} ${rules}  ${String(record['path'])}`;
  return `${colour(severity.padEnd(6))} ${printable(text)}`;
}
