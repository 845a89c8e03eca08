import { writeSync } from 'node:fs';
import { pino, type DestinationStream, type LevelWithSilent, type Logger } from 'pino';
import { printableJson } from '../text/printable.ts';

export type { DestinationStream, LevelWithSilent, Logger } from 'pino';

/** Properties whose values never reach a log record, wherever in it they stand. */
const SECRETS = ['password', 'apiKey', 'authorization', 'x-api-key'];
const MAY_HOLD_SECRETS = new RegExp(`"(?:${SECRETS.join('|')})":`);

const STANDARD_OUTPUT = 1;
/** A reader that is behind is asked again after so long. */
const READER_WAIT_MS = 10;

/** As much as a pipe takes in one piece, so that nobody else's words stand between. Source: `PIPE_BUF` in `pipe(7)`. */
const PIECE_BYTES = 4_096;

/** What was said and is not written yet; undefined where everything is written at once. */
let gathered: { records: string; bytes: number } | undefined;
let isCutOff = false;

/**
 * Standard output, written at once: nothing said is lost when the process ends. What cannot be written, into a file on a full disk for
 * one, is left out, and the process goes on: whoever fills a disk with requests must not end what watches them.
 */
export function standardOutput(): DestinationStream {
  return { write: (record) => (gathered === undefined ? writeOut(record) : gather(gathered, record)) };
}

/**
 * Writes what is said meanwhile to standard output some records at a time: to write one takes longer than to make it.
 * @param work waits for nothing, so that all of it is written before anything else can happen
 */
export function sayTogether(work: () => void): void {
  const all = { records: '', bytes: 0 };
  gathered = all;
  try {
    work();
  } finally {
    gathered = undefined;
    writeOut(all.records);
  }
}

function gather(to: NonNullable<typeof gathered>, record: string): void {
  const bytes = Buffer.byteLength(record);
  if (to.bytes + bytes > PIECE_BYTES) {
    writeOut(to.records);
    Object.assign(to, { records: '', bytes: 0 });
  }
  to.records += record;
  to.bytes += bytes;
}

function writeOut(text: string): void {
  const bytes = Buffer.from(isCutOff ? `\n${text}` : text);
  const written = writeAll(bytes);
  if (written > 0) isCutOff = written < bytes.length;
}

/** @returns how many bytes it took before it refused more */
function writeAll(bytes: Buffer): number {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(STANDARD_OUTPUT, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') break;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, READER_WAIT_MS);
    }
  }
  return written;
}

/** JSON logger of one service, one record per line, on stdout unless told otherwise. What stands in a record cannot act on a terminal. */
export function createLogger(
  service: string,
  level: LevelWithSilent = 'info',
  to: DestinationStream = standardOutput(),
): Logger {
  return pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: { streamWrite: (record) => printableJson(withoutSecrets(record)) },
      formatters: { level: (label) => ({ level: label }) },
    },
    to,
  );
}

/** pino's own redaction looks for each secret in all that is passed, which costs as much as the rest of a record that holds none. */
function withoutSecrets(record: string): string {
  if (!MAY_HOLD_SECRETS.test(record)) return record;
  return `${JSON.stringify(JSON.parse(record, (key, value: unknown) => (SECRETS.includes(key) ? '***' : value)))}\n`;
}
