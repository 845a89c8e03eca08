import { Command } from 'commander';
import { ConfigError } from '@vigil/shared/config/load-config';
import { redactConfig } from '@vigil/shared/config/redact';
import { readConfig as readDispatcherConfig } from '@vigil/dispatcher/config';
import { readGatewayConfig } from '@vigil/gateway/config';
import { readIngestorConfig } from '@vigil/ingestor/config';
import { readConfig as readScorerConfig } from '@vigil/scorer/config';
import { readEmbeddedConfig } from '../embedded/config.ts';
import { EXIT_USAGE, UserError } from '../exit.ts';

type Reader = (env: NodeJS.ProcessEnv) => Record<string, unknown>;

const SERVICES: Record<string, Reader> = {
  embedded: readEmbeddedConfig,
  ingestor: readIngestorConfig,
  scorer: readScorerConfig,
  dispatcher: readDispatcherConfig,
  gateway: readGatewayConfig,
};

/** `vigil config [service]`: what the environment means to each service, secrets redacted, every problem named. */
export function configCommand(): Command {
  return new Command('config')
    .description('show the effective configuration of the services, secrets redacted')
    .argument('[service]', Object.keys(SERVICES).join(', '))
    .action((service?: string) => {
      if (service !== undefined && SERVICES[service] === undefined) {
        throw new UserError(`There is no service "${service}"; choose one of ${Object.keys(SERVICES).join(', ')}.`);
      }
      for (const [name, read] of Object.entries(SERVICES))
        if (service === undefined || service === name) print(name, read);
    });
}

function print(name: string, read: Reader): void {
  console.log(`# ${name}`);
  try {
    for (const [variable, value] of Object.entries(redactConfig(read(process.env)))) {
      console.log(`${variable}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.exitCode = EXIT_USAGE;
    for (const problem of error.problems) console.log(`! ${problem}`);
  }
  console.log();
}
