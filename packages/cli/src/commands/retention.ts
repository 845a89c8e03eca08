import { Command } from 'commander';
import { positiveInteger } from '@vigil/dev-services/positive-integer';
import { applyRetention, DEFAULT_RETENTION } from '@vigil/shared/storage/retention';
import { withTargetDatabase } from '../target-database.ts';

/** `vigil retention`: drops what is too old, now; the dispatcher does the same once an hour unless `RETENTION_DAYS` is 0. */
export function retentionCommand(): Command {
  return new Command('retention')
    .description('drop events, alerts and tallies that are older than they are kept')
    .option('--days <n>', 'days that events are kept', positiveInteger, DEFAULT_RETENTION.eventsDays)
    .option('--tally-days <n>', 'days that tallies are kept', positiveInteger, DEFAULT_RETENTION.talliesDays)
    .action(async (options: { days: number; tallyDays: number }) => {
      await withTargetDatabase(async (database) => {
        const policy = { ...DEFAULT_RETENTION, eventsDays: options.days, talliesDays: options.tallyDays };
        const report = await applyRetention(database, policy);
        if (report === undefined) console.log('Somebody else is at it already.');
        else console.log(JSON.stringify(report, undefined, 2));
      });
    });
}
