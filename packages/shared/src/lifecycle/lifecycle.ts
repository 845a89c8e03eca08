import type { Logger } from '../logging/logger.ts';
import { answerWithin } from './answer-within.ts';

/** In the order in which they run: take nothing new, finish what was taken, write out what is buffered, let go. */
const STOP_PHASES = ['intake', 'drain', 'flush', 'connections'] as const;
export type StopPhase = (typeof STOP_PHASES)[number];

interface Release {
  name: string;
  release: () => void | Promise<void>;
}

/** A release gets this long even past the deadline: closing a socket is quick and better than leaving it open. */
const RELEASE_MIN_MS = 250;

/**
 * What a process must let go of, registered on the line after it was acquired.
 * Within a phase the last acquired is released first; a release that throws is logged and never keeps the others from running.
 */
export class Lifecycle {
  readonly #log: Logger;
  readonly #stopTimeoutMs: number;
  readonly #releases = new Map<StopPhase, Release[]>(STOP_PHASES.map((phase) => [phase, []]));
  readonly #abort = new AbortController();
  #stopped: Promise<boolean> | undefined;

  constructor(log: Logger, stopTimeoutMs = 20_000) {
    this.#log = log;
    this.#stopTimeoutMs = stopTimeoutMs;
  }

  /** Aborted as soon as the stop begins: waits and retries end with it. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get stopping(): boolean {
    return this.#stopped !== undefined;
  }

  onStop(phase: StopPhase, name: string, release: () => void | Promise<void>): void {
    this.#releases.get(phase)!.push({ name, release });
  }

  /** Stops once, however often it is called. Resolves to whether everything was released in time. */
  stop(reason: string): Promise<boolean> {
    this.#stopped ??= this.#run(reason);
    return this.#stopped;
  }

  async #run(reason: string): Promise<boolean> {
    const deadline = performance.now() + this.#stopTimeoutMs;
    this.#log.info({ reason }, 'stopping');
    this.#abort.abort(new Error(`stopping: ${reason}`));
    let clean = true;
    for (const phase of STOP_PHASES) {
      for (const { name, release } of this.#releases.get(phase)!.toReversed()) {
        try {
          await answerWithin(release, Math.max(deadline - performance.now(), RELEASE_MIN_MS));
        } catch (err) {
          clean = false;
          this.#log.error({ phase, name, err }, 'a release did not end in order');
        }
      }
    }
    this.#log.info({ clean }, 'stopped');
    return clean;
  }
}
