import { stat } from 'node:fs/promises';
import type { Source, SourceState } from '../source.ts';
import type { Step } from './content.ts';
import { decidePath, isFinished, type PathStat } from './decide-path.ts';
import { forgetVanished } from './forget-vanished.ts';
import { identify, type Identified } from './identify.ts';
import { inodeNumber } from './inode.ts';
import { lookBack } from './look-back.ts';
import { openFile, type OpenedFile } from './open-file.ts';
import { Reading, type ReadingContext } from './reading.ts';
import { whyNoFile, whyUnreadable } from './why-unreadable.ts';

export interface FollowerOptions {
  /** A rotated file is watched this long for late lines after its successor appeared. */
  graceMs: number;
  /** Where to begin in a file that is there at the first look and was never seen before. */
  from: 'start' | 'end';
  /** Where it was not there when it was last looked for: when that was, epoch ms. */
  cameUpAfterMs?: number | undefined;
}

/** Follows one path through rotation, truncation and absence. Driven from outside: one `step` reads at most one window. */
export class Follower implements Source {
  readonly name: string;
  readonly #context: ReadingContext;
  readonly #options: FollowerOptions;
  /** Rotated files written to since then are new, where nothing else tells. */
  readonly #sinceMs: number;
  /** Oldest first; the present file is the last. */
  #readings: Reading[] = [];
  #live: Reading | undefined;
  #liveSinceMs: number | undefined;
  /** A file that another source reads already, by its identity and its first line. */
  #ignored: { dev: number; ino: number; firstLineSha: string } | undefined;
  #started = false;
  #state: SourceState = { state: 'waiting', reason: 'not looked at yet' };

  constructor(path: string, context: ReadingContext, options: FollowerOptions) {
    this.name = path;
    this.#context = context;
    this.#options = options;
    this.#sinceMs = context.known.follow(path, options.cameUpAfterMs);
    context.touch();
  }

  get state(): SourceState {
    return this.#state;
  }

  get isGone(): boolean {
    return this.#started && this.#state.state === 'waiting' && this.#readings.length === 0;
  }

  async isOutdated(): Promise<boolean> {
    return false;
  }

  async step(nowMs: number): Promise<boolean> {
    await this.#look(nowMs);
    for (const reading of this.#readings.slice()) {
      if (await this.#advance(reading, nowMs)) return true;
    }
    return false;
  }

  async lagBytes(): Promise<number> {
    let lag = 0;
    for (const reading of this.#readings) lag += await reading.lagBytes();
    return lag;
  }

  async close(): Promise<void> {
    for (const reading of this.#readings) await reading.close(false);
    this.#readings = [];
    this.#live = undefined;
    this.#context.known.leave(this.name);
  }

  async #look(nowMs: number): Promise<void> {
    const seen = await statPath(this.name);
    const live = this.#live;
    const { dev, ino } = live?.file ?? {};
    const decision = decidePath(
      seen,
      live && { dev: dev!, ino: ino!, scanned: Math.max(live.scanned, live.sizeLookedAt ?? 0) },
    );
    if (decision.kind === 'same') this.#enter('following', '');
    if (decision.kind === 'unreadable') this.#enter('unreadable', decision.reason);
    if (decision.kind === 'absent' || decision.kind === 'not_a_file') {
      this.#detach(nowMs);
      this.#enter(decision.kind === 'absent' ? 'waiting' : 'not_a_file', decision.reason);
    }
    if (decision.kind === 'shrunk') await this.#restart(live!, nowMs);
    if (decision.kind === 'first' || decision.kind === 'replaced') {
      if (!this.#isIgnored(seen as PathStat)) await this.#turnTo(nowMs);
    }
    if (!this.#started) {
      // Before looking back, which may take long: what is written from now on is new.
      const size = (await this.#live?.file.bytes.size()) ?? 0;
      // Even where the path leads nowhere: what was rotated away while we were not there is still to be read.
      await this.#lookBack(nowMs);
      this.#giveUpMissing();
      const { known } = this.#context;
      if (this.#options.from === 'end' && known.isNew(this.name)) await this.#passOver(size);
      known.looked(this.name);
      this.#started = true;
    }
  }

  /**
   * Leaves what is there at the first look unread, even where its first line is complete only later.
   * @param size of the present file, bytes
   */
  async #passOver(size: number): Promise<void> {
    const live = this.#live;
    if (live === undefined) return;
    live.beginAt = size;
    // Before the source counts as looked at: started again without the content it would be read from its beginning.
    if (live.record === undefined) await this.#identify(live, false);
  }

  /** Whether another source, which may let go of it later, still reads what the path leads to. */
  #isIgnored(seen: PathStat): boolean {
    const ignored = this.#ignored;
    if (ignored?.ino !== seen.ino || ignored.dev !== seen.dev) return false;
    return this.#context.known.waitForOwner(this.name, ignored.firstLineSha, ignored) !== undefined;
  }

  /** Opens what the path leads to now and reads the former file to its end beside it. */
  async #turnTo(nowMs: number): Promise<void> {
    let file: OpenedFile;
    try {
      file = await openFile(this.name, this.#context.buffer);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      this.#enter(code === 'ENOENT' ? 'waiting' : 'unreadable', whyUnreadable(error));
      return;
    }
    this.#detach(nowMs);
    const reading = new Reading(file, this.#context, nowMs);
    this.#readings.push(reading);
    this.#live = reading;
    this.#liveSinceMs = nowMs;
    this.#ignored = undefined;
    this.#enter('following', '');
    // Before looking back: a copy of the very file that is followed must not be taken for it.
    await this.#resume(reading, await identify(file, this.name, this.#context.known, false));
    if (this.#started) await this.#lookBack(nowMs);
  }

  /** The present file was truncated: its unread rest may stand in a copy, and it begins anew. */
  async #restart(reading: Reading, nowMs: number): Promise<void> {
    const { log, metrics } = this.#context;
    const { record, cut } = reading;
    log.info({ path: this.name, position: cut }, 'the file was truncated');
    this.#readings = this.#readings.filter((other) => other !== reading);
    await reading.close(false);
    if (this.#live === reading) this.#live = undefined;
    await this.#turnTo(nowMs);
    if (record === undefined || record.open) return;
    metrics.truncations.inc();
    record.closing = true;
    this.#context.touch();
  }

  #detach(nowMs: number): void {
    if (this.#live !== undefined) this.#live.detachedAtMs = nowMs;
    this.#live = undefined;
    this.#liveSinceMs = undefined;
  }

  async #lookBack(nowMs: number): Promise<void> {
    const found = await lookBack(this.name, this.#context, nowMs, this.#sinceMs, this.#readings);
    const former = this.#readings.filter((reading) => reading !== this.#live);
    this.#readings = [...former, ...found, ...(this.#live === undefined ? [] : [this.#live])];
    await forgetVanished(this.name, this.#context.known);
  }

  #giveUpMissing(): void {
    const { known, log, metrics, touch } = this.#context;
    for (const record of known.of(this.name)) {
      if (record.open || record.done || record.closing) continue;
      log.warn({ path: this.name, position: record.committed }, 'a file that was under way is gone');
      metrics.lostContents.inc();
      Object.assign(record, { closing: true, lost: true, intended: [] });
      touch();
    }
  }

  /** @returns whether there is more to read at once */
  async #advance(reading: Reading, nowMs: number): Promise<boolean> {
    const { log, metrics } = this.#context;
    const isLive = reading === this.#live;
    const ends = !isLive && (await this.#isFinished(reading, nowMs));
    if (reading.record === undefined) {
      const mayBeRead = await this.#identify(reading, ends);
      if (!mayBeRead && ends) await this.#finish(reading);
      if (!mayBeRead || !isLive) return mayBeRead;
      // Since it was opened, or seen empty, other lines may have stood in it that were copied away, and nobody knew of them.
      await this.#lookBack(nowMs);
      return true;
    }
    let step: Step | undefined;
    try {
      step = await reading.step(nowMs, false);
    } catch (err) {
      if (isLive) throw err;
      // A damaged archive, say. What it was compressed from is gone, and it must not keep the present file from being read.
      log.warn({ err, path: reading.file.path }, 'a rotated file cannot be read to its end');
      metrics.lostContents.inc();
      await this.#finish(reading);
      return true;
    }
    if (step?.outcome === 'changed') {
      if (isLive) await this.#restart(reading, nowMs);
      else await this.#finish(reading);
      return true;
    }
    if (step?.behind === 'more') return true;
    if (step?.behind === 'final') await this.#finish(reading);
    // Only a look that found nothing new ends a file: its last unterminated line then is a line.
    if (step === undefined && ends) {
      await reading.step(nowMs, true);
      await this.#finish(reading);
    }
    return false;
  }

  async #isFinished(reading: Reading, nowMs: number): Promise<boolean> {
    const { detachedAtMs = nowMs, grewAtMs } = reading;
    const unlinked = await reading.isUnlinked();
    return isFinished({ detachedAtMs, grewAtMs, unlinked }, this.#liveSinceMs, nowMs, this.#options.graceMs);
  }

  async #finish(reading: Reading): Promise<void> {
    this.#readings = this.#readings.filter((other) => other !== reading);
    await reading.close(true);
  }

  /** Takes a file up where the checkpoint, or the reader of the file that it is a copy of, was left. */
  async #resume(reading: Reading, identified: Identified): Promise<boolean> {
    if (identified.kind !== 'known' || !identified.reachesCommitted) return false;
    const { record } = identified;
    const former = this.#readings.find((other) => other !== reading && other.record === record);
    if (record.open && former === undefined) return false;
    if (former !== undefined) {
      this.#readings = this.#readings.filter((other) => other !== former);
      await former.close(false);
    }
    await reading.resume(record, 'file');
    return true;
  }

  /** Finds out what a file holds. @returns whether it may be read */
  async #identify(reading: Reading, final: boolean): Promise<boolean> {
    const { known } = this.#context;
    const size = await reading.file.bytes.size();
    if (size === reading.sizeLookedAt && !final) return false;
    reading.sizeLookedAt = size;
    const identified = await identify(reading.file, this.name, known, final);
    if (identified.kind === 'incomplete') return false;
    if (identified.kind === 'owned') {
      await this.#ignore(reading, identified);
      return false;
    }
    if (await this.#resume(reading, identified)) return true;
    await reading.begin(known.add(this.name, identified.firstLine, reading.file), 'file');
    return true;
  }

  async #ignore(reading: Reading, { owner, firstLineSha }: Identified & { kind: 'owned' }): Promise<void> {
    const { dev, ino } = reading.file;
    if (this.#live === reading) {
      this.#ignored = { dev, ino, firstLineSha };
      this.#enter('duplicate', `the same file as ${owner}`);
      this.#live = undefined;
    }
    await this.#finish(reading);
  }

  #enter(state: SourceState['state'], reason: string): void {
    if (this.#state.state === state && this.#state.reason === reason) return;
    // Between two files a log is absent for a moment; at the start its name may be wrong.
    const isExpected = state === 'following' || (state === 'waiting' && this.#started);
    this.#context.log[isExpected ? 'info' : 'warn']({ path: this.name, state, reason }, 'source state');
    this.#state = { state, reason };
  }
}

async function statPath(path: string): Promise<PathStat | NodeJS.ErrnoException> {
  try {
    const found = await stat(path, { bigint: true });
    return {
      dev: Number(found.dev),
      ino: inodeNumber(found.ino),
      size: Number(found.size),
      noFile: whyNoFile(found),
    };
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}
