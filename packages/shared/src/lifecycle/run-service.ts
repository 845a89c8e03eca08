import { format } from 'node:util';
import { ConfigError } from '../config/load-config.ts';
import { createLogger, type Logger } from '../logging/logger.ts';
import { startTracing, type Tracing } from '../tracing/start-tracing.ts';
import { Lifecycle } from './lifecycle.ts';

export interface ServiceContext {
  log: Logger;
  lifecycle: Lifecycle;
  /** Where an endpoint for traces is set. */
  tracing: Tracing | undefined;
}

/**
 * Runs a service as a process: config errors end it with 2 and a readable message, SIGTERM, SIGINT and SIGHUP stop it in order (a
 * second one of the former at once), anything unforeseen stops it with 1 so that whoever supervises it starts a fresh one.
 */
export async function runService<C extends { LOG_LEVEL: Logger['level']; SHUTDOWN_TIMEOUT_MS: number }>(
  name: string,
  readConfig: (env: NodeJS.ProcessEnv) => C,
  start: (config: C, context: ServiceContext) => Promise<unknown>,
): Promise<void> {
  let config: C;
  try {
    config = readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`vigil ${name}: ${error.message}\n`);
    process.exitCode = 2;
    return;
  }
  const log = createLogger(name, config.LOG_LEVEL as 'info');
  takeConsole(log);
  const lifecycle = new Lifecycle(log, config.SHUTDOWN_TIMEOUT_MS);
  stopOnSignals(lifecycle, log);
  try {
    const tracing = await startTracing(name, process.env);
    // Before everything else, so that it ends after everything else.
    if (tracing !== undefined) lifecycle.onStop('connections', 'traces', () => tracing.shutdown());
    await start(config, { log, lifecycle, tracing });
    log.info('started');
  } catch (err) {
    // If a wait failed because of the stop, that error says nothing new.
    if (!lifecycle.stopping) log.fatal({ err }, 'could not start');
    await lifecycle.stop('could not start');
    process.exit(1);
  }
}

/** What libraries say on the console, as BullMQ does of Redis' policy, is logged as everything else: whoever reads JSON would not see it. */
function takeConsole(log: Logger): void {
  console.warn = (...said: unknown[]) => log.warn(format(...said));
  console.error = (...said: unknown[]) => log.error(format(...said));
}

/**
 * Ends the process in order on SIGTERM, SIGINT and SIGHUP, and with 1 on anything that nobody caught. Returns what ends it so for any other
 * reason, with an exit code.
 */
export function stopOnSignals(lifecycle: Lifecycle, log: Logger): (reason: string, code: number) => void {
  const leave = (reason: string, code: number): void => {
    if (lifecycle.stopping) process.exit(code === 0 ? 130 : code);
    void lifecycle.stop(reason).then((clean) => process.exit(clean ? code : 1));
  };
  process.on('SIGTERM', () => leave('SIGTERM', 0));
  process.on('SIGINT', () => leave('SIGINT', 0));
  // The terminal was closed. Its shell says so, too, and so may what runs us: no later one is an order to leave at once.
  process.on('SIGHUP', () => lifecycle.stopping || leave('SIGHUP', 0));
  process.on('uncaughtException', (err) => {
    log.fatal({ err }, 'uncaught exception');
    leave('uncaught exception', 1);
  });
  process.on('unhandledRejection', (err) => {
    log.fatal({ err }, 'unhandled rejection');
    leave('unhandled rejection', 1);
  });
  return leave;
}
