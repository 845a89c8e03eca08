import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../random.ts';

/** Source of what is pushed. */
export const PUSH_SOURCE = 'chaos-push';
const PUSH_LINES_MAX = 20;
/** Longer than the ingestor waits for the queue; one that is paused does not answer at all. */
const ANSWER_MAX_MS = 12_000;
/** How often it hangs up itself and hears no answer, since a kill seldom falls between the queue's and the ingestor's; after at most, ms. */
const HANG_UP_SHARE = 0.1;
const HANG_UP_MAX_MS = 20;

/**
 * Pushes lines as docs/operations.md asks for it: each push has a `batch_id` and is sent again with it until it is answered with 202, for
 * nobody knows of one without an answer whether it was taken. Every line is an attack with a number of its own, from 1.
 */
export class Pusher {
  readonly #url: string;
  readonly #apiKey: string;
  readonly #random: Random;
  readonly #stopping = new AbortController();
  #finishing = false;
  #running: Promise<void> = Promise.resolve();
  /** Lines of pushes that were answered with 202. */
  lines = 0;
  pushes = 0;
  /** Times that a push was sent again without having been refused: no answer, or one that leaves open what became of it. */
  resent = 0;

  constructor(url: string, apiKey: string, random: Random) {
    this.#url = url;
    this.#apiKey = apiKey;
    this.#random = random;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Begins no further push; resolves when the last one is answered. */
  async finish(): Promise<void> {
    this.#finishing = true;
    await this.#running;
  }

  /** Ends at once: a run that failed. */
  stop(): void {
    this.#finishing = true;
    this.#stopping.abort();
  }

  async #run(): Promise<void> {
    while (!this.#finishing) {
      const count = this.#random.int(1, PUSH_LINES_MAX);
      const lines = Array.from({ length: count }, (_, index) => attack(this.lines + index + 1));
      const body = JSON.stringify({ lines, source: PUSH_SOURCE, batch_id: `push-${this.pushes}` });
      while (!(await this.#send(body)) && !this.#stopping.signal.aborted) await delay(this.#random.int(20, 200));
      this.lines += count;
      this.pushes += 1;
      await delay(this.#random.int(0, 60));
    }
  }

  async #send(body: string): Promise<boolean> {
    const patienceMs = this.#random.chance(HANG_UP_SHARE) ? this.#random.int(1, HANG_UP_MAX_MS) : ANSWER_MAX_MS;
    try {
      const answer = await fetch(new URL('/ingest/batch', this.#url), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': this.#apiKey },
        body,
        signal: AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(patienceMs)]),
      });
      const text = await answer.text();
      if (answer.status === 202) return true;
      if (text.includes('batch_id')) this.resent += 1;
    } catch {
      this.resent += 1;
    }
    return false;
  }
}

function attack(n: number): string {
  const ip = `9.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;
  return `${ip} - - [26/Nov/2026:10:00:00 +0000] "GET /download?file=../../../../../../etc/passwd&push=${n} HTTP/1.1" 200 5 "-" "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/125.0"`;
}
