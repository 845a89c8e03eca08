import { createLogger, type LevelWithSilent, type Logger } from '../logging/logger.ts';

/** A test's log, which says nothing unless `VIGIL_TEST_LOG` names a level. */
export function testLogger(): Logger {
  return createLogger('test', (process.env['VIGIL_TEST_LOG'] ?? 'silent') as LevelWithSilent);
}
