import { pino, type DestinationStream, type LevelWithSilent, type Logger } from 'pino';
import { printableJson } from '../text/printable.ts';

export type { Logger } from 'pino';

/** Paths that never reach a log record, whatever is passed. */
const REDACTED = ['*.password', '*.apiKey', '*.authorization', 'req.headers["x-api-key"]', 'req.headers.authorization'];

/** JSON logger of one service, one record per line, on stdout unless told otherwise. What stands in a record cannot act on a terminal. */
export function createLogger(
  service: string,
  level: LevelWithSilent = 'info',
  destination: DestinationStream = pino.destination({ fd: 1, sync: true }),
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
    destination,
  );
}
