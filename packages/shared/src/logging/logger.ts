import { destination, pino, type DestinationStream, type LevelWithSilent, type Logger } from 'pino';
import { printableJson } from '../text/printable.ts';

export type { DestinationStream, LevelWithSilent, Logger } from 'pino';

/** Paths that never reach a log record, whatever is passed. */
const REDACTED = ['*.password', '*.apiKey', '*.authorization', 'req.headers["x-api-key"]', 'req.headers.authorization'];

/** Standard output, written at once: nothing said is lost when the process ends. */
export function standardOutput(): DestinationStream {
  return destination({ fd: 1, sync: true });
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
      redact: { paths: REDACTED, censor: '***' },
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: { streamWrite: printableJson },
      formatters: { level: (label) => ({ level: label }) },
    },
    to,
  );
}
