import { basename, dirname, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { SOURCE_LENGTH_MAX } from '@vigil/shared/contracts';
import type { IngestConfig } from './config.ts';
import { ArchiveSource } from './files/archive-source.ts';
import { discover } from './files/discover.ts';
import { Follower, type FollowerOptions } from './files/follower.ts';
import type { ReadingContext } from './files/reading.ts';
import { hasComeUpAfter, isRotatedForm } from './files/siblings.ts';
import { StdinSource } from './files/stdin-source.ts';
import { compressionOf } from './files/unpack.ts';
import { WatchHints } from './files/watch-hints.ts';
import type { Pump } from './pump.ts';
import type { Source } from './source.ts';

/** How often to check whether everything was read. */
const DONE_POLL_MS = 20;

/** The sources that `INGEST_PATHS` names, as files come up that fit its globs. */
export class SourceSet {
  readonly #config: IngestConfig;
  readonly #pump: Pump;
  readonly #context: ReadingContext;
  readonly #stdin: Readable | undefined;
  readonly #known = new Map<string, Source>();
  readonly #refused = new Set<string>();
  readonly #hints: WatchHints;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: { config: IngestConfig; pump: Pump; context: ReadingContext; stdin: Readable | undefined }) {
    this.#config = options.config;
    this.#pump = options.pump;
    this.#context = options.context;
    this.#stdin = options.stdin;
    this.#hints = new WatchHints((path) => this.#pump.hint(path));
  }

  async start(): Promise<void> {
    if (this.#config.INGEST_PATHS.includes('-')) this.#add(this.#openStdin());
    await this.#discover(true);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#hints.close();
  }

  /** Resolves once every source is done and `isIdle` says that nothing is under way. */
  async allRead(isIdle: () => boolean): Promise<void> {
    const { promise, resolve: finish } = Promise.withResolvers<void>();
    const timer = setInterval(() => {
      const sources = [...this.#known.values()];
      if (this.#stopped) clearInterval(timer);
      if (sources.length === 0 || sources.some(({ state }) => state.state !== 'done') || !isIdle()) return;
      clearInterval(timer);
      finish();
    }, DONE_POLL_MS).unref();
    return promise;
  }

  async #discover(starting: boolean): Promise<void> {
    try {
      const { known } = this.#context;
      const patterns = this.#config.INGEST_PATHS.map((path) => resolve(path));
      const nowMs = Date.now();
      const lastLookMs = known.lastLook(patterns, nowMs);
      const { paths, rotated } = await discover(this.#config.INGEST_PATHS, [...this.#known.keys()]);
      await this.#letGo(paths, rotated);
      for (const path of paths) {
        if (this.#isRefused(path)) continue;
        this.#hints.add(path);
        if (this.#known.has(path)) continue;
        const isUnknown = lastLookMs !== undefined && !known.has(path);
        const cameUpAfterMs = isUnknown && (await hasComeUpAfter(path, lastLookMs)) ? lastLookMs : undefined;
        // What comes up later was not there before us, so all of it is new.
        const isNew = !starting || cameUpAfterMs !== undefined;
        this.#add(this.#open(path, { from: isNew ? 'start' : this.#config.INGEST_FROM, cameUpAfterMs }));
      }
      known.lookedFor(patterns, nowMs);
    } catch (err) {
      this.#context.log.warn({ err }, 'files could not be looked for');
    }
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#discover(false), this.#config.DISCOVER_INTERVAL_MS).unref();
  }

  /**
   * Lets go of files that a glob no longer finds, once they are read, or every file that ever existed would cost something for ever.
   * Likewise of archives that have been replaced or have grown: they are opened anew.
   */
  async #letGo(found: readonly string[], rotated: readonly string[]): Promise<void> {
    const named = new Set(found);
    // Its rotated forms would pass for logs of their own.
    const hasRotated = (base: string): boolean =>
      rotated.some((path) => dirname(path) === dirname(base) && isRotatedForm(basename(path), basename(base)));
    const gone: Source[] = [];
    for (const source of this.#known.values()) {
      const { name, isGone } = source;
      const isLeft = named.has(name) ? await source.isOutdated() : isGone && !hasRotated(name);
      if (isLeft) gone.push(source);
    }
    if (gone.length === 0) return;
    for (const source of gone) {
      this.#known.delete(source.name);
      await this.#pump.remove(source);
    }
    this.#hints.keepOnly([...this.#known.keys(), ...found]);
  }

  #isRefused(path: string): boolean {
    const reason = whyNotFollowed(path);
    if (reason === undefined) return false;
    if (!this.#refused.has(path)) {
      this.#context.log.error({ path, reason }, 'a file is not followed');
      this.#refused.add(path);
    }
    return true;
  }

  #add(source: Source): void {
    this.#known.set(source.name, source);
    this.#pump.add(source);
  }

  #open(path: string, how: Omit<FollowerOptions, 'graceMs'>): Source {
    if (compressionOf(path) !== undefined) return new ArchiveSource(resolve(path), this.#context);
    return new Follower(path, this.#context, { graceMs: this.#config.ROTATE_GRACE_MS, ...how });
  }

  #openStdin(): Source {
    const { limits, format, emit, log } = this.#context;
    const onReadable = (): void => this.#pump.hint('stdin');
    return new StdinSource(this.#stdin ?? process.stdin, { limits, format, emit, onReadable, log });
  }
}

/** Archives of which nothing can be read, though a glob finds them beside their logs. */
const OTHER_ARCHIVE = /\.(?:xz|lzma|bz2|lz4|zip|7z|Z)$/;

/** Why nothing can come of following a path, and what to do. */
function whyNotFollowed(path: string): string | undefined {
  if (path.length > SOURCE_LENGTH_MAX)
    return `its path is the name of the source and has more than ${SOURCE_LENGTH_MAX} characters; use a shorter link to it`;
  if (OTHER_ARCHIVE.test(path))
    return 'only .gz and .zst are unpacked; have rotated logs compressed by one of these, or leave it out of the glob';
  return undefined;
}
