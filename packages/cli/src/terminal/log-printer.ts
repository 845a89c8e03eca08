import { Writable } from 'node:stream';
import pc from 'picocolors';
import { printable } from '@vigil/shared/text/printable';

const LEVEL_COLOURS: Record<string, (text: string) => string> = {
  warn: pc.yellow,
  error: pc.red,
  fatal: pc.red,
};

/** Fields that the printer shows by itself or that say nothing to a person at a terminal. */
const HIDDEN = new Set(['level', 'time', 'msg', 'service', 'err', 'id']);

/** Takes the loggers' JSON records and prints each as one readable line; whatever stands in them is shown as text. */
export function createLogPrinter(out: NodeJS.WritableStream): Writable {
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      for (const line of chunk.toString().split('\n')) if (line !== '') out.write(`${format(line)}\n`);
      done();
    },
  });
}

function format(line: string): string {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return printable(line);
  }
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
  const text = `${Number(record['score']).toFixed(2)} ${String(record['ip']).padEnd(15)} ${rules}  ${String(record['path'])}`;
  return `${colour(severity.padEnd(6))} ${printable(text)}`;
}
