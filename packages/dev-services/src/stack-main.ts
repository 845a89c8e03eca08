import { resolve } from 'node:path';
import { styleText } from 'node:util';
import { Command, InvalidArgumentError, Option } from 'commander';
import { startStack } from './stack.ts';
import type { StackProcess } from './stack.ts';
import { positiveInteger } from './positive-integer.ts';

const command = new Command('pnpm stack')
  .description('start Redis, NATS, PostgreSQL and all services as processes of their own')
  .argument('[logs...]', 'log files to follow')
  .option('--scorers <n>', 'scorers', positiveInteger, 1)
  .addOption(new Option('--port <n>', 'port of the gateway; 0 for any').env('PORT').default(8080).argParser(portNumber))
  .option('--data-dir <folder>', 'where everything is kept; by default nothing is kept')
  // pnpm hands a separating `--` on.
  .parse(
    process.argv.slice(2).filter((argument) => argument !== '--'),
    { from: 'user' },
  );
const options = command.opts<{ scorers: number; port: number; dataDir?: string }>();

// Where the user stands, and not where pnpm runs its scripts.
const base = process.env['INIT_CWD'] ?? process.cwd();
const logPaths = command.args.map((path) => resolve(base, path));
const { dataDir } = options;

// Servers and services keep no event loop alive, so this does until the stack has stopped.
const keepAlive = setInterval(() => undefined, 60_000);
const asked = Promise.withResolvers<void>();
let state: 'starting' | 'running' | 'stopping' = 'starting';
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // Nothing has been taken in yet, or the user means it: the watchdog ends what runs.
    if (state !== 'running') process.exit(130);
    state = 'stopping';
    asked.resolve();
  });
}

console.log('Starting Redis, NATS and PostgreSQL, then the services …');
try {
  const stack = await startStack({
    scorers: options.scorers,
    logPaths,
    gatewayPort: options.port,
    onLine: (source, line) => {
      console.log(`${styleText('cyan', source.padEnd(11))} ${line}`);
    },
    ...(dataDir === undefined ? {} : { dataDir: resolve(base, dataDir) }),
  });
  state = 'running';
  for (const one of [stack.ingestor, ...stack.scorers, stack.dispatcher, stack.gateway]) void reportEnd(one);
  for (const { name, url, origin } of Object.values(stack.servers)) {
    console.log(`${name.padEnd(11)} ${origin.padEnd(15)} ${withoutPassword(url)}`);
  }
  console.log(
    [
      '',
      `Gateway   ${stack.gatewayUrl}`,
      `Ingest    ${stack.ingestorUrl}/ingest/batch`,
      `API key   ${stack.apiKey}`,
      `Follows   ${logPaths.length === 0 ? 'no file (name some: pnpm stack access.log)' : logPaths.join(', ')}`,
      '',
      `Try       curl -H 'X-API-Key: ${stack.apiKey}' '${stack.gatewayUrl}/threats?limit=5'`,
      'Ctrl-C stops everything.',
      '',
    ].join('\n'),
  );
  await asked.promise;
  console.log('Stopping …');
  await stack.stop();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  clearInterval(keepAlive);
}

async function reportEnd(one: StackProcess): Promise<void> {
  const { code, signal } = await one.ended();
  if (state === 'running') console.error(`${one.name} ended with ${signal ?? `code ${code}`} and is not restarted`);
}

function withoutPassword(url: string): string {
  const shown = new URL(url);
  if (shown.password !== '') shown.password = '***';
  return shown.href;
}

function portNumber(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 0 && value <= 65_535))
    throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
  return value;
}
