import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { checkpointSchema, type Checkpoint } from './checkpoint-state.ts';

/** The checkpoint exists and cannot be used; going on as if there were none would count every line again. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

/**
 * Reads a checkpoint; undefined where there is none yet.
 * @throws CheckpointError where it is damaged or of another release
 */
export async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return checkpointSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new CheckpointError(
      `The checkpoint ${path} is damaged or of another release. Move it away to read all sources from their beginning.`,
      { cause },
    );
  }
}

/**
 * Replaces the checkpoint so that after a crash or a power cut either the old one or the new one is there, whole.
 * @throws the file system's error; the old checkpoint then still stands
 */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(checkpoint));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  // Without it the rename itself may be lost in a power cut.
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export async function prepareCheckpointFolder(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
}
