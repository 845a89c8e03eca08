import { identify } from './identify.ts';
import { openFile, rewind, type OpenedFile } from './open-file.ts';
import { planSiblings, type Candidate } from './plan-siblings.ts';
import { Reading, type ReadingContext } from './reading.ts';
import { listSiblings } from './siblings.ts';

const INCOMPLETE = { kind: 'incomplete' } as const;

/**
 * Opens the rotated files of a source's path that hold unread lines: contents that were under way, wherever they were moved to, and files
 * that came and went between two looks.
 * @param sinceMs see `planSiblings`
 * @param underWay files that are open already
 * @returns oldest first
 */
export async function lookBack(
  source: string,
  context: ReadingContext,
  nowMs: number,
  sinceMs: number,
  underWay: readonly Reading[],
): Promise<Reading[]> {
  const candidates = await openSiblings(source, context, underWay);
  const readings: Reading[] = [];
  for (const plan of planSiblings(candidates, sinceMs)) {
    if (plan.action === 'leave') {
      await plan.file.bytes.close();
      continue;
    }
    const file = await rewind(plan.file);
    const reading = new Reading(file, context, nowMs, nowMs);
    context.log.info({ path: file.path, action: plan.action }, 'reading a rotated file');
    if (plan.action === 'resume') await reading.resume(plan.record, 'file');
    else await reading.begin(context.known.add(source, plan.firstLine, file), 'file');
    readings.push(reading);
  }
  return readings;
}

async function openSiblings(
  source: string,
  context: ReadingContext,
  underWay: readonly Reading[],
): Promise<Candidate<OpenedFile>[]> {
  const candidates: Candidate<OpenedFile>[] = [];
  // The newest first: by it a log is recognised whose path changed, and with that what stands in its older files.
  for (const sibling of (await listSiblings(source)).toReversed()) {
    const file = await openFile(sibling.path, context.buffer).catch(() => undefined);
    if (file === undefined) continue;
    const isOpen = underWay.some(({ file: { dev, ino }, record }) => !record && dev === file.dev && ino === file.ino);
    try {
      // Its reader waits for the first line to be complete.
      const identified = isOpen ? INCOMPLETE : await identify(file, source, context.known, true);
      candidates.push({ file, mtimeMs: sibling.mtimeMs, identified });
    } catch (err) {
      context.log.warn({ err, path: sibling.path }, 'a rotated file cannot be read');
      await file.bytes.close();
    }
  }
  return candidates.toReversed();
}
