import { parseArgs } from 'node:util';
import { startPostgres } from '@vigil/dev-services/postgres';
import { boundaryText, runFuzz, summaryText } from './run.ts';

// pnpm fuzz [--seed N] [--inputs N]

const { values } = parseArgs({ options: { seed: { type: 'string' }, inputs: { type: 'string' } } });
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
const inputs = Number(values.inputs ?? 1_000_000);
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
