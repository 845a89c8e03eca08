import { Command } from 'commander';
import { ConfigError } from '@vigil/shared/config/load-config';
import { configCommand } from './commands/config.ts';
import { dlqCommand } from './commands/dlq.ts';
import { evalCommand } from './commands/eval.ts';
import { healthCommand } from './commands/health.ts';
import { keysCommand } from './commands/keys.ts';
import { migrateCommand } from './commands/migrate.ts';
import { replayCommand } from './commands/replay.ts';
import { retentionCommand } from './commands/retention.ts';
import { rulesCommand } from './commands/rules.ts';
import { scanCommand } from './commands/scan.ts';
import { serveCommand } from './commands/serve.ts';
import { tailCommand } from './commands/tail.ts';
import { topCommand } from './commands/top.ts';
import { EXIT_FAILED, EXIT_USAGE, UserError } from './exit.ts';
import { simulateCommand } from './simulate/simulate-command.ts';

const program = new Command('vigil')
  .description('Watches web access logs and tells you that someone is attacking your site.')
  .version('0.1.0')
  .showHelpAfterError('(see --help)')
  .addCommand(serveCommand())
  .addCommand(scanCommand())
  .addCommand(tailCommand())
  .addCommand(topCommand())
  .addCommand(rulesCommand())
  .addCommand(evalCommand())
  .addCommand(replayCommand())
  .addCommand(simulateCommand())
  .addCommand(keysCommand())
  .addCommand(dlqCommand())
  .addCommand(retentionCommand())
  .addCommand(migrateCommand())
  .addCommand(configCommand())
  .addCommand(healthCommand());

// Whoever reads the output may have seen enough (`vigil scan … | head`): that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof UserError || error instanceof ConfigError) {
    console.error(`vigil: ${error.message}`);
    process.exitCode = EXIT_USAGE;
  } else {
    console.error('vigil:', error);
    process.exitCode = EXIT_FAILED;
  }
}
