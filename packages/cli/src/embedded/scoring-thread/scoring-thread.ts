import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Readiness } from '@vigil/shared/http/readiness';
import type { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import type { MetricSnapshot } from '@vigil/shared/metrics/metrics';
import type { Answers, FromThread, Question, ThreadData, ToThread } from './protocol.ts';
import type { RulesInUse } from './rules-in-use.ts';

const ANSWER_TIMEOUT_MS = 1_500;

export interface ScoringThreadOptions {
  data: ThreadData;
  /** Takes the thread's log records: JSON, a line each. */
  writeLog: (line: string) => void;
  /** The thread's module; replaced in tests. */
  workerUrl?: URL;
}

interface Waiting {
  resolve: (answer: never) => void;
  reject: (error: Error) => void;
}

/**
 * The scorer in a thread of its own, so that pages, alerts and storing go on while a burst is scored, on another core where there is
 * one. It takes jobs from the queue by itself; from here it is only asked how it does. Made early it loads while the database starts; it
 * is the caller's to end.
 * A thread that ends by itself ends the process, as any error does that nobody caught.
 */
export class ScoringThread {
  readonly #worker: Worker;
  readonly #stopTimeoutMs: number;
  readonly #begun = Promise.withResolvers<void>();
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #isRunning = false;
  #ended = false;

  constructor({ data, writeLog, workerUrl = defaultWorker() }: ScoringThreadOptions) {
    this.#stopTimeoutMs = data.shutdownTimeoutMs;
    this.#worker = new Worker(workerUrl, { workerData: data });
    this.#begun.promise.catch(() => undefined);
    this.#worker.on('message', (message: FromThread) => {
      if ('log' in message) writeLog(message.log);
      else if ('begun' in message) this.#begun.resolve();
      else this.#waiting.get(message.id)?.resolve(message.answer as never);
    });
    this.#worker.on('error', (error: Error) => this.#fail(error));
    this.#worker.on('exit', (code) => {
      if (!this.#ended) this.#fail(new Error(`the scoring thread ended with code ${code}`));
    });
  }

  /**
   * Has it take jobs from now on until `lifecycle` stops.
   * @throws what kept the thread from starting
   */
  async start(databaseUrl: string, { readiness, lifecycle }: ScoringThreadPlace): Promise<void> {
    lifecycle.onStop('drain', 'scoring thread', () => this.#stop());
    this.#send({ begin: { databaseUrl } });
    await this.#begun.promise;
    this.#isRunning = true;
    readiness.require('scorer', () => this.#require('ready'));
    readiness.requireAlive('scorer', () => this.#require('alive'));
  }

  /** Ends it at once, whatever it does; the process does not end before. */
  async end(): Promise<void> {
    this.#end(new Error('the scoring thread was stopped'));
    await this.#worker.terminate();
  }

  /** What the scorer counts. Rejects where the thread has ended or does not answer. */
  metrics(): Promise<MetricSnapshot[]> {
    return this.#ask('metrics');
  }

  /** The rules in use; rejects as above. */
  rules(): Promise<RulesInUse> {
    return this.#ask('rules');
  }

  async #require(question: 'ready' | 'alive'): Promise<void> {
    const failed = (await this.#ask(question)).filter(({ ok }) => !ok);
    if (failed.length > 0) throw new Error(failed.map(({ name, reason }) => `${name}: ${reason}`).join('; '));
  }

  /** A thread that scores something endless answers nothing: better no answer than a page that waits for it. */
  async #ask<Q extends Question>(question: Q, timeoutMs = ANSWER_TIMEOUT_MS): Promise<Answers[Q]> {
    if (this.#ended) throw new Error('the scoring thread has ended');
    const { promise, resolve, reject } = Promise.withResolvers<Answers[Q]>();
    const id = (this.#asked += 1);
    this.#waiting.set(id, { resolve, reject });
    const timer = setTimeout(() => reject(new Error(`the scoring thread is busy for ${timeoutMs} ms`)), timeoutMs);
    this.#send({ id, question });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  async #stop(): Promise<void> {
    if (this.#ended) return;
    try {
      const clean = await this.#ask('stop', this.#stopTimeoutMs);
      if (!clean) throw new Error('the scorer did not stop in order');
    } finally {
      await this.end();
    }
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message, []);
  }

  #fail(error: Error): void {
    this.#end(error);
    if (this.#isRunning) throw error;
    this.#begun.reject(error);
  }

  #end(error: Error): void {
    this.#ended = true;
    for (const { reject } of this.#waiting.values()) reject(error);
  }
}

/** What the thread is part of. */
export interface ScoringThreadPlace {
  readiness: Readiness;
  lifecycle: Lifecycle;
}

/** `.ts` in the workspace and `.js` in an image. */
function defaultWorker(): URL {
  return new URL(`./worker${extname(import.meta.filename)}`, import.meta.url);
}
