import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** What has an image of its own, by the name of its package. */
export const IMAGES = ['ingestor', 'scorer', 'dispatcher', 'gateway', 'cli'] as const;

/** Makes what each image holds, and in `runtime` what all of them do, as `Dockerfile` does and by the same programs, in a folder of its name. */
export async function makeDeployedTrees(folder: string): Promise<void> {
  await run(process.execPath, ['scripts/build.ts'], { cwd: ROOT });
  for (const image of IMAGES)
    await run(process.execPath, ['deploy/images/deploy.ts', image, join(folder, image)], { cwd: ROOT });
  await run(process.execPath, ['deploy/images/runtime.ts', join(folder, 'runtime')], { cwd: ROOT });
}
