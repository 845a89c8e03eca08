import { startPostgres } from '@vigil/dev-services/postgres';
import { positiveInteger } from '@vigil/dev-services/positive-integer';
import { Command } from 'commander';
import { randomSeed } from '../random.ts';
import { boundaryText, runFuzz, summaryText } from './run.ts';

const options = new Command('pnpm fuzz')
  .description('put hostile input to every boundary, and look for crashes, hangs and growth')
  .option('--seed <n>', 'which inputs; random by default', positiveInteger)
  .option('--inputs <n>', 'how many of them', positiveInteger, 1_000_000)
  .parse()
  .opts<{ seed?: number; inputs: number }>();
const { inputs } = options;
const seed = options.seed ?? randomSeed();
console.log(`seed ${seed}; again with: pnpm fuzz --seed ${seed} --inputs ${inputs}`);
const postgres = await startPostgres();
const keepAlive = setInterval(() => undefined, 60_000);
try {
  const report = await runFuzz({
    seed,
    inputs,
    postgresUrl: postgres.url,
    onBoundary: (done) => console.log(boundaryText(done)),
  });
  console.log(summaryText(report));
  process.exitCode = report.boundaries.some((boundary) => boundary.faults.length > 0) ? 1 : 0;
} finally {
  await postgres.stop();
  clearInterval(keepAlive);
}
