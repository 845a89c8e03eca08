import { pino, type LevelWithSilent, type Logger } from 'pino';

export type { Logger } from 'pino';

/** Paths that never reach a log record, whatever is passed. */
const REDACTED = ['*.password', '*.apiKey', '*.authorization', 'req.headers["x-api-key"]', 'req.headers.authorization'];

/** JSON logger of one service, one record per line on stdout (stderr where stdout carries data). */
export function createLogger(service: string, level: LevelWithSilent = 'info', fd: 1 | 2 = 1): Logger {
  return pino(
    {
      level,
      base: { service },
      redact: { paths: REDACTED, censor: '***' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ fd, sync: true }),
  );
}
