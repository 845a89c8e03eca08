import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { ConfigError } from '@vigil/shared/config/load-config';
import { EXIT_FAILED, EXIT_USAGE, printableLines, UserError } from './exit.ts';

/** Each loads what it needs alone: `scan` starts in a fraction of the time that the whole gateway takes. */
const COMMANDS = new Map<string | undefined, () => Promise<Command>>(
  Object.entries({
    serve: async () => (await import('./commands/serve.ts')).serveCommand(),
    scan: async () => (await import('./commands/scan.ts')).scanCommand(),
    tail: async () => (await import('./commands/tail.ts')).tailCommand(),
    top: async () => (await import('./commands/top.ts')).topCommand(),
    rules: async () => (await import('./commands/rules.ts')).rulesCommand(),
    eval: async () => (await import('./commands/eval.ts')).evalCommand(),
    replay: async () => (await import('./commands/replay.ts')).replayCommand(),
    simulate: async () => (await import('./commands/simulate.ts')).simulateCommand(),
    keys: async () => (await import('./commands/keys.ts')).keysCommand(),
    dlq: async () => (await import('./commands/dlq.ts')).dlqCommand(),
    retention: async () => (await import('./commands/retention.ts')).retentionCommand(),
    migrate: async () => (await import('./commands/migrate.ts')).migrateCommand(),
    config: async () => (await import('./commands/config.ts')).configCommand(),
    health: async () => (await import('./commands/health.ts')).healthCommand(),
  }),
);

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const program = new Command('vigil')
  .description('Watches web access logs and tells you that someone is attacking your site.')
  .version(version);
const asked = COMMANDS.get(process.argv[2]);
// The list of commands, and what is said of an unknown one, need all.
for (const load of asked === undefined ? COMMANDS.values() : [asked]) program.addCommand(await load());
endWrongCalls(program);

// Whoever reads the output may have seen enough (`vigil scan … | head`): that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  console.error(`vigil: The output cannot be written: ${error.message}`);
  process.exit(EXIT_FAILED);
});

/** Commander ends them with 1, as if the work had failed, and a command takes nothing over from the one that it is added to. */
function endWrongCalls(command: Command): void {
  command.showHelpAfterError('(see --help)');
  command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_USAGE));
  command.commands.forEach(endWrongCalls);
}

/** Mistakes in the user's rules and formats, by name: their modules are a command's to load. */
const IN_USERS_INPUT = new Set(['RulesError', 'TemplateError']);

try {
  await program.parseAsync();
} catch (error) {
  const isUsers = error instanceof Error && IN_USERS_INPUT.has(error.name);
  if (isUsers || error instanceof UserError || error instanceof ConfigError) {
    console.error(printableLines(`vigil: ${error.message}`));
    process.exitCode = error instanceof UserError ? error.exitCode : EXIT_USAGE;
  } else {
    console.error('vigil:', error);
    process.exitCode = EXIT_FAILED;
  }
}
