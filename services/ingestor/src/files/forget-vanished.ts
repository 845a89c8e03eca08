import type { KnownContents } from '../checkpoint/known-contents.ts';
import { listRotated } from './siblings.ts';

/**
 * Lets the checkpoint forget contents of a source that were read to their end and stand in no rotated file any more. To be called
 * once the rotated files were compared with what is known, so that a content that was compressed is known by its new file.
 */
export async function forgetVanished(source: string, known: KnownContents): Promise<void> {
  if (known.hasManyDone(source)) known.forgetVanished(source, await listRotated(source));
}
