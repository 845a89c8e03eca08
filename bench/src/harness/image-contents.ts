import { execFile, spawn } from 'node:child_process';
import { createGzip } from 'node:zlib';
import { cpSync, mkdirSync, renameSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { IMAGES, makeDeployedTrees } from '@vigil/deploy/images/deployed-trees';

const ROOT = resolve(import.meta.dirname, '../../..');

const run = promisify(execFile);

/** What an image holds beside its base, bytes. */
export interface ImageContents {
  target: string;
  /** Node and the application, as files. */
  bytes: number;
  /** The same as a registry passes it on. */
  packedBytes: number;
}

/** Measures what `deploy/images/Dockerfile` copies into each image. No container is needed. */
export async function imageContents(folder: string): Promise<ImageContents[]> {
  await run('pnpm', ['--filter', '@vigil/console', 'build'], { cwd: ROOT });
  const trees = join(folder, 'images');
  await makeDeployedTrees(trees);
  const contents: ImageContents[] = [];
  for (const target of IMAGES) {
    const image = join(folder, 'image', target);
    mkdirSync(image, { recursive: true });
    renameSync(join(trees, target), join(image, 'app'));
    cpSync(process.execPath, join(image, 'node'));
    if (target === 'gateway') cpSync(join(ROOT, 'packages/console/dist'), join(image, 'console'), { recursive: true });
    contents.push({ target, ...(await archived(image)) });
  }
  return contents;
}

/** Sizes of the folder's archive, plain and packed. */
async function archived(folder: string): Promise<Pick<ImageContents, 'bytes' | 'packedBytes'>> {
  const tar = spawn('tar', ['--create', '--directory', folder, '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let bytes = 0;
  let packedBytes = 0;
  await pipeline(
    tar.stdout,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        yield chunk;
      }
    },
    createGzip(),
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) packedBytes += chunk.length;
    },
  );
  return { bytes, packedBytes };
}
