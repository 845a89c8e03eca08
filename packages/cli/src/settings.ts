import { closestMatch } from 'leven';
import { dispatcherConfigSchema } from '@vigil/dispatcher/config';
import { withNamedOutputs } from '@vigil/dispatcher/sinks/outputs';
import { gatewayConfigSchema } from '@vigil/gateway/config';
import { ingestorConfigSchema } from '@vigil/ingestor/config';
import { scorerConfigSchema } from '@vigil/scorer/config';
import type { z } from 'zod';
import { embeddedConfigSchema } from './embedded/config.ts';

/** Settings of embedded mode and of each service; the keys are the variables' names. */
export function settingsIn(env: NodeJS.ProcessEnv): Readonly<Record<string, z.ZodObject>> {
  return {
    embedded: withNamedOutputs(embeddedConfigSchema, env),
    ingestor: ingestorConfigSchema,
    scorer: scorerConfigSchema,
    dispatcher: withNamedOutputs(dispatcherConfigSchema, env),
    gateway: gatewayConfigSchema,
  };
}

/** What the commands that talk to a server read, and no service. */
const COMMANDS_READ = ['VIGIL_API_KEY', 'VIGIL_URL'];
/** Names as short as `PORT` resemble too much of what other programs read. */
const NAME_LENGTH_MIN = 7;
/** A letter left out, doubled or wrong, or two of them the other way round. */
const EDITS_MAX = 2;

/** Variables that nothing reads and that are probably meant for one that is read, for whoever wonders why a setting does nothing. */
export function misspeltSettings(env: NodeJS.ProcessEnv): { given: string; meant: string }[] {
  const read = new Set(COMMANDS_READ);
  for (const { shape } of Object.values(settingsIn(env))) for (const name of Object.keys(shape)) read.add(name);
  const candidates = [...read].filter((name) => name.length >= NAME_LENGTH_MIN);
  return Object.keys(env).flatMap((given) => {
    if (read.has(given)) return [];
    const meant = closestMatch(given.toUpperCase(), candidates, { maxDistance: EDITS_MAX });
    return meant === undefined || env[meant] !== undefined ? [] : [{ given, meant }];
  });
}
