import { Command } from 'commander';
import { ConfigError, loadConfig } from '@vigil/shared/config/load-config';
import { redactConfig } from '@vigil/shared/config/redact';
import type { z } from 'zod';
import { EXIT_USAGE, UserError } from '../exit.ts';
import { misspeltSettings, settingsIn } from '../settings.ts';

/** `vigil config [service]`: every variable with its meaning and value, secrets redacted, every problem named. */
export function configCommand(): Command {
  const settings = settingsIn(process.env);
  const services = Object.keys(settings).join(', ');
  return new Command('config')
    .description(
      'show the variables of the services: what they mean, what is in effect, what is wrong; secrets redacted',
    )
    .argument('[service]', services)
    .action((service?: string) => {
      if (service !== undefined && settings[service] === undefined) {
        throw new UserError(`There is no service "${service}"; choose one of ${services}.`);
      }
      for (const [name, schema] of Object.entries(settings))
        if (service === undefined || service === name) print(name, schema);
      for (const { given, meant } of misspeltSettings(process.env))
        console.log(`! ${given} is set, but nothing reads it; is it meant to be ${meant}?`);
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
