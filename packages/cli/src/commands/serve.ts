import { Command } from 'commander';
import { stopOnSignals } from '@vigil/shared/lifecycle/run-service';
import { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import { createLogger, standardOutput } from '@vigil/shared/logging/logger';
import { buildConsoleIfNeeded } from '../embedded/build-console.ts';
import { banner } from '../embedded/banner.ts';
import { readEmbeddedConfig } from '../embedded/config.ts';
import { openDataDir, type DataDir } from '../embedded/data-dir.ts';
import { createDemoLog, runDemo } from '../embedded/demo.ts';
import { following } from '../embedded/following.ts';
import { startEmbedded } from '../embedded/start-embedded.ts';
import { startFailure } from '../embedded/start-failure.ts';
import { EXIT_FAILED, UserError } from '../exit.ts';
import { defaultDataDir, userPath } from '../paths.ts';
import { misspeltSettings } from '../settings.ts';
import { createLogPrinter } from '../terminal/log-printer.ts';

/** `vigil serve`: everything in one process; what `pnpm start` runs. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('watch logs: all services in one process, nothing to install')
    .argument('[paths...]', 'log files, globs in quotes, or - for standard input; none: a demonstration log')
    .option('--data-dir <folder>', 'where everything is kept (VIGIL_DATA_DIR, default ./.vigil)')
    .action(async (paths: string[], options: { dataDir?: string }) => {
      await serve(paths.map(userPath), options.dataDir === undefined ? defaultDataDir() : userPath(options.dataDir));
    });
}

async function serve(given: readonly string[], dataDirPath: string): Promise<void> {
  const config = readEmbeddedConfig(process.env);
  const output = standardOutput();
  const logTo = process.stdout.isTTY ? createLogPrinter(output) : output;
  const log = createLogger('vigil', config.LOG_LEVEL, logTo);
  for (const { given: variable, meant } of misspeltSettings(process.env))
    log.warn({ variable, meant }, 'a variable is set that nothing reads; is it a setting, misspelt?');

  const lifecycle = new Lifecycle(log, config.SHUTDOWN_TIMEOUT_MS);
  const leave = stopOnSignals(lifecycle, log);
  const failure = (error: unknown) =>
    startFailure(error, { host: config.HOST, port: config.PORT, dataDir: dataDirPath });
  const onDatabaseEnd = (err: Error): void => {
    const why = failure(err);
    const advice = why instanceof UserError ? why.message : 'Start Vigil again.';
    log.fatal({ err }, `the database has ended, and Vigil ends with it; what it took is kept. ${advice}`);
    leave('the database has ended', EXIT_FAILED);
  };

  const demo = given.length === 0 && config.INGEST_PATHS.length === 0;
  let dataDir: DataDir;
  try {
    dataDir = openDataDir(dataDirPath);
    lifecycle.onStop('connections', 'data folder', () => dataDir.release());
    const paths = demo ? [dataDir.demoLogPath] : [...given, ...config.INGEST_PATHS];
    if (demo) createDemoLog(dataDir.demoLogPath);
    const url = await startEmbedded({ config, dataDir, paths, lifecycle, onDatabaseEnd, logTo });
    const followed = demo
      ? `a demonstration log (${dataDir.demoLogPath}), with simulated traffic`
      : await following(paths);
    // Whether or not anybody reads it, as with the log.
    const { apiKey, apiKeyPath, path } = dataDir;
    const isRead = process.stdout.isTTY;
    output.write(banner({ url, apiKey, apiKeyPath, isRead, dataDir: path, following: followed, demo }));
  } catch (error) {
    await lifecycle.stop('could not start');
    throw failure(error);
  }
  // Only a fresh clone or changed sources take the few seconds; the console's page waits for them by itself.
  buildConsoleIfNeeded(lifecycle.signal).then(
    ({ built, tookMs }) => built && log.info({ took_ms: tookMs }, 'console built'),
    (err: unknown) => lifecycle.stopping || log.warn({ err }, 'the console could not be built'),
  );
  if (demo) void runDemo(dataDir.demoLogPath, log, lifecycle.signal);
}
