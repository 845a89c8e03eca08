import type { Logger } from '@vigil/shared/logging/logger';
import type { Source } from './source.ts';

export interface PumpOptions {
  /** Whether batches may be made now. */
  isOpen: () => boolean;
  /** Resolves when the pipeline has room again. */
  room: () => Promise<void>;
  /** A source that grows is read at most this often, an idle one at once. */
  flushIntervalMs: () => number;
  /** How often a source is looked at without a hint. */
  pollIntervalMs: number;
  log: Logger;
}

/** Costs of looking at many files: each adds this much to the time between two looks. */
const POLL_MS_PER_SOURCE = 2;
/** A source that fails in an unforeseen way is left alone this long. */
const FAILURE_PAUSE_MS = 1_000;

/** Times by the performance clock: one that is set back must not keep a source from being read. */
interface Entry {
  source: Source;
  dueAtMs: number;
  readAtMs: number;
}

/** Reads all sources in turn, a window each, whenever there may be news and room for batches. */
export class Pump {
  readonly #options: PumpOptions;
  readonly #entries = new Map<string, Entry>();
  #wake = Promise.withResolvers<void>();
  #stopped = false;
  #running: Promise<void> | undefined;
  #stepping: Promise<void> | undefined;

  constructor(options: PumpOptions) {
    this.#options = options;
  }

  get sources(): Source[] {
    return [...this.#entries.values()].map(({ source }) => source);
  }

  add(source: Source): void {
    this.#entries.set(source.name, { source, dueAtMs: 0, readAtMs: 0 });
    this.wake();
  }

  /** Lets go of a source, after the step that it may be at. */
  async remove(source: Source): Promise<void> {
    this.#entries.delete(source.name);
    await this.#stepping;
    await source.close();
  }

  /** News may be there: the source is read soon, at once where it was idle. */
  hint(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    const dueAtMs = Math.max(performance.now(), entry.readAtMs + this.#options.flushIntervalMs());
    // A busy log gives hints by the hundred for one look.
    if (dueAtMs >= entry.dueAtMs) return;
    entry.dueAtMs = dueAtMs;
    this.wake();
  }

  wake(): void {
    this.#wake.resolve();
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when the step under way is done; nothing is read afterwards. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.wake();
    await this.#running;
    for (const { source } of this.#entries.values()) await source.close();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#wake = Promise.withResolvers();
      await this.#options.room();
      if (this.#stopped) return;
      if (!this.#options.isOpen()) {
        await this.#sleep(this.#options.pollIntervalMs);
        continue;
      }
      const now = performance.now();
      const entry = this.#mostOverdue();
      if (entry === undefined) await this.#sleep(this.#options.pollIntervalMs);
      else if (entry.dueAtMs > now) await this.#sleep(entry.dueAtMs - now);
      else await (this.#stepping = this.#step(entry, now));
    }
  }

  #mostOverdue(): Entry | undefined {
    let found: Entry | undefined;
    for (const entry of this.#entries.values()) {
      if (entry.source.state.state === 'done') continue;
      if (found === undefined || entry.dueAtMs < found.dueAtMs) found = entry;
    }
    return found;
  }

  async #step(entry: Entry, nowMs: number): Promise<void> {
    const looked = this.sources.filter(({ state }) => state.state !== 'done');
    const pollMs = Math.max(this.#options.pollIntervalMs, looked.length * POLL_MS_PER_SOURCE);
    // Before the step, so that a hint during it brings the next one forward.
    entry.readAtMs = nowMs;
    entry.dueAtMs = nowMs + pollMs;
    try {
      if (await entry.source.step(nowMs)) entry.dueAtMs = nowMs;
    } catch (err) {
      this.#options.log.error({ err, source: entry.source.name }, 'a source could not be read');
      entry.dueAtMs = nowMs + FAILURE_PAUSE_MS;
    }
  }

  async #sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    await Promise.race([this.#wake.promise, promise]);
    clearTimeout(timer);
  }
}
