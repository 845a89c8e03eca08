import { stat } from 'node:fs/promises';
import type { Source, SourceState } from '../source.ts';
import { forgetVanished } from './forget-vanished.ts';
import { identify } from './identify.ts';
import { openFile, rewind } from './open-file.ts';
import { Reading, type ReadingContext } from './reading.ts';
import { originalOfArchive } from './siblings.ts';
import { isDamage } from './unpack.ts';
import { whyUnreadable } from './why-unreadable.ts';

/**
 * Reads a compressed log once, to its end; what is written to the file or takes its place later is another's to read. Its lines belong
 * to the log that it was rotated from, so that reading what was already followed there changes nothing.
 */
export class ArchiveSource implements Source {
  readonly name: string;
  readonly #source: string;
  readonly #context: ReadingContext;
  #reading: Reading | undefined;
  /** The file as it was before it was read, so that what is written meanwhile is noticed. */
  #version: string | undefined;
  #hasLooked = false;
  #state: SourceState = { state: 'waiting', reason: 'not looked at yet' };

  constructor(path: string, context: ReadingContext) {
    this.name = path;
    this.#source = originalOfArchive(path);
    this.#context = context;
    context.known.follow(this.#source);
  }

  get state(): SourceState {
    return this.#state;
  }

  /** Once it is read nothing changes any more, whether or not it is there. */
  get isGone(): boolean {
    const { state } = this.#state;
    return state === 'done' || (state === 'waiting' && this.#hasLooked);
  }

  async isOutdated(): Promise<boolean> {
    if (this.#state.state !== 'done') return false;
    const found = await versionOf(this.name).catch(() => undefined);
    return found !== undefined && found !== this.#version;
  }

  async step(nowMs: number): Promise<boolean> {
    if (this.#state.state === 'done') return false;
    try {
      return await this.#read(nowMs);
    } finally {
      if (!this.#hasLooked) await this.#noteLooked();
    }
  }

  async lagBytes(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {
    await this.#reading?.close(false);
    this.#reading = undefined;
    this.#context.known.leave(this.#source);
  }

  async #read(nowMs: number): Promise<boolean> {
    try {
      const reading = this.#reading ?? (await this.#open(nowMs));
      if (reading === 'owned') return false;
      this.#reading = reading;
      const step = await reading?.step(nowMs, false);
      if (step?.behind === 'more') return true;
      // Short of its end the archive is damaged, which the next step will be told.
      if (step?.behind === 'eof') return true;
      await this.#end('done', 'read to its end', true);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A damaged archive stays damaged until it is written to; one that is not there or not readable yet is tried again.
      const isDamaged = isDamage(error);
      const reason = isDamaged
        ? 'damaged or not written to its end yet: its lines are read up to there, the rest once the file is whole'
        : whyUnreadable(error);
      if (this.#state.reason !== reason)
        this.#context.log.warn({ err: error, path: this.name, reason }, 'an archive cannot be read');
      // Not finished: if a whole one stands there later, its rest is read.
      const whileAway = code === 'ENOENT' ? 'waiting' : 'unreadable';
      await this.#end(isDamaged ? 'done' : whileAway, reason, false);
    }
    return false;
  }

  /** @returns undefined where all of it was read before, `owned` while another source reads it */
  async #open(nowMs: number): Promise<Reading | 'owned' | undefined> {
    const { known, buffer } = this.#context;
    this.#version = await versionOf(this.name);
    const opened = await openFile(this.name, buffer);
    const identified = await identify(opened, this.#source, known, true);
    if (identified.kind === 'owned') {
      await opened.bytes.close();
      this.#state = { state: 'duplicate', reason: `the same file as ${identified.owner}` };
      return 'owned';
    }
    if (identified.kind === 'incomplete' || (identified.kind === 'known' && !isUnread(identified))) {
      await opened.bytes.close();
      return undefined;
    }
    const reading = new Reading(await rewind(opened), this.#context, nowMs);
    this.#state = { state: 'following', reason: '' };
    if (identified.kind === 'known') await reading.resume(identified.record, 'archive');
    else await reading.begin(known.add(this.#source, identified.firstLine, opened), 'archive');
    return reading;
  }

  async #noteLooked(): Promise<void> {
    const { known } = this.#context;
    this.#hasLooked = true;
    known.looked(this.#source);
    if (known.isLookedAt(this.#source)) await forgetVanished(this.#source, known);
  }

  async #end(state: SourceState['state'], reason: string, finished: boolean): Promise<void> {
    this.#state = { state, reason };
    await this.#reading?.close(finished);
    this.#reading = undefined;
  }
}

/** @throws the file system's error */
async function versionOf(path: string): Promise<string> {
  const { dev, ino, size, mtimeMs } = await stat(path);
  return [dev, ino, size, mtimeMs].join(' ');
}

function isUnread(identified: { record: { open: boolean; done: boolean }; reachesCommitted: boolean }): boolean {
  return identified.reachesCommitted && !identified.record.open && !identified.record.done;
}
