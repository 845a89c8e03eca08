import { Command } from 'commander';
import { dispatcherConfigSchema } from '@vigil/dispatcher/config';
import { gatewayConfigSchema } from '@vigil/gateway/config';
import { ingestorConfigSchema } from '@vigil/ingestor/config';
import { scorerConfigSchema } from '@vigil/scorer/config';
import { ConfigError, loadConfig } from '@vigil/shared/config/load-config';
import { redactConfig } from '@vigil/shared/config/redact';
import type { z } from 'zod';
import { embeddedConfigSchema } from '../embedded/config.ts';
import { EXIT_USAGE, UserError } from '../exit.ts';

const SERVICES: Record<string, z.ZodObject> = {
  embedded: embeddedConfigSchema,
  ingestor: ingestorConfigSchema,
  scorer: scorerConfigSchema,
  dispatcher: dispatcherConfigSchema,
  gateway: gatewayConfigSchema,
};

/** `vigil config [service]`: every variable with its meaning and value, secrets redacted, every problem named. */
export function configCommand(): Command {
  return new Command('config')
    .description(
      'show the variables of the services: what they mean, what is in effect, what is wrong; secrets redacted',
    )
    .argument('[service]', Object.keys(SERVICES).join(', '))
    .action((service?: string) => {
      if (service !== undefined && SERVICES[service] === undefined) {
        throw new UserError(`There is no service "${service}"; choose one of ${Object.keys(SERVICES).join(', ')}.`);
      }
      for (const [name, schema] of Object.entries(SERVICES))
        if (service === undefined || service === name) print(name, schema);
    });
}

function print(name: string, schema: z.ZodObject): void {
  console.log(`# ${name}`);
  try {
    loadConfig(schema, process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.exitCode = EXIT_USAGE;
    for (const problem of error.problems) console.log(`! ${problem}`);
  }
  // One by one: a fault in one variable must not hide what the others are and mean.
  for (const [variable, field] of Object.entries(schema.shape as Record<string, z.ZodType>)) {
    const meaning = field.description;
    console.log(`\n${meaning === undefined ? '' : `# ${meaning}\n`}${assignment(variable, field)}`);
  }
  console.log();
}

function assignment(variable: string, field: z.ZodType): string {
  const parsed = field.safeParse(process.env[variable] || undefined);
  if (!parsed.success || parsed.data === undefined) return `# ${variable}=`;
  const { [variable]: value } = redactConfig({ [variable]: parsed.data });
  const text = Array.isArray(value) ? value.join(',') : value;
  return `${variable}=${typeof text === 'string' ? text : JSON.stringify(text)}`;
}
