import { Command } from 'commander';
import { positiveInteger } from '@vigil/dev-services/positive-integer';
import { nonNegativeInt } from '@vigil/shared/config/fields';
import { loadConfig } from '@vigil/shared/config/load-config';
import { applyRetention, DEFAULT_RETENTION } from '@vigil/shared/storage/retention/retention';
import { z } from 'zod';
import { UserError } from '../exit.ts';
import { withTargetDatabase } from '../target-database.ts';

/** `vigil retention`: drops what is too old, now; the dispatcher does the same once an hour unless `RETENTION_DAYS` is 0. */
export function retentionCommand(): Command {
  return new Command('retention')
    .description('drop events, alerts and tallies that are older than they are kept')
    .option(
      '--days <n>',
      `days that events are kept; by default RETENTION_DAYS, else ${DEFAULT_RETENTION.eventsDays}`,
      positiveInteger,
    )
    .option('--tally-days <n>', 'days that tallies are kept', positiveInteger, DEFAULT_RETENTION.talliesDays)
    .action(async (options: { days?: number; tallyDays: number }) => {
      const eventsDays = options.days ?? configuredDays();
      await withTargetDatabase(async (database) => {
        const policy = { ...DEFAULT_RETENTION, eventsDays, talliesDays: options.tallyDays };
        const report = await applyRetention(database, policy);
        if (report === undefined) console.log('Somebody else is at it already.');
        else console.log(JSON.stringify(report, undefined, 2));
      });
    });
}

/** What a command without `--days` drops is gone for good, so it keeps what the services were told to keep. */
function configuredDays(): number {
  const { RETENTION_DAYS } = loadConfig(z.object({ RETENTION_DAYS: nonNegativeInt.optional() }), process.env);
  if (RETENTION_DAYS === 0)
    throw new UserError('RETENTION_DAYS is 0, which drops nothing: say with --days how long events are kept.');
  return RETENTION_DAYS ?? DEFAULT_RETENTION.eventsDays;
}
