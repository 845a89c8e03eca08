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
  readiness: Readiness;
  lifecycle: Lifecycle;
  /** The thread's module; replaced in tests. */
  workerUrl?: URL;
}

export interface ScoringThread {
  /** What the scorer counts. Rejects where the thread has ended or does not answer. */
  metrics(): Promise<MetricSnapshot[]>;
  /** The rules in use; as above. */
  rules(): Promise<RulesInUse>;
}

/**
 * Runs the scorer in a thread of its own, so that pages, alerts and storing go on while a burst is scored, on another core where
 * there is one. It takes jobs from the queue by itself; from here it is only asked how it does. Resolves once it takes them. A thread
 * that ends by itself ends the process, as any error does that nobody caught.
 * @throws what kept the thread from starting
 */
export async function startScoringThread(options: ScoringThreadOptions): Promise<ScoringThread> {
  const { readiness, lifecycle } = options;
  const thread = new Thread(options);
  lifecycle.onStop('drain', 'scoring thread', () => thread.stop());
  await thread.started;
  const require = async (question: 'ready' | 'alive'): Promise<void> => {
    const failed = (await thread.ask(question)).filter(({ ok }) => !ok);
    if (failed.length > 0) throw new Error(failed.map(({ name, reason }) => `${name}: ${reason}`).join('; '));
  };
  readiness.require('scorer', () => require('ready'));
  readiness.requireAlive('scorer', () => require('alive'));
  return { metrics: () => thread.ask('metrics'), rules: () => thread.ask('rules') };
}

interface Waiting {
  resolve: (answer: never) => void;
  reject: (error: Error) => void;
}

/** The worker thread as something that answers questions until it ends. */
class Thread {
  readonly started: Promise<void>;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #ended = false;
  readonly #stopTimeoutMs: number;

  constructor({ data, writeLog, workerUrl = defaultWorker() }: ScoringThreadOptions) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.started = promise;
    this.#stopTimeoutMs = data.shutdownTimeoutMs;
    let running = false;
    this.#worker = new Worker(workerUrl, { workerData: data });
    this.#worker.on('message', (message: FromThread) => {
      if ('log' in message) return writeLog(message.log);
      if ('id' in message) return this.#settle(message.id, message.answer);
      running = true;
      resolve();
    });
    const fail = (error: Error): void => {
      this.#end(error);
      if (running) throw error;
      reject(error);
    };
    this.#worker.on('error', fail);
    this.#worker.on('exit', (code) => {
      if (!this.#ended) fail(new Error(`the scoring thread ended with code ${code}`));
    });
  }

  /** A thread that scores something endless answers nothing: better no answer than a page that waits for it. */
  async ask<Q extends Question>(question: Q, timeoutMs = ANSWER_TIMEOUT_MS): Promise<Answers[Q]> {
    if (this.#ended) throw new Error('the scoring thread has ended');
    const { promise, resolve, reject } = Promise.withResolvers<Answers[Q]>();
    const id = (this.#asked += 1);
    this.#waiting.set(id, { resolve, reject });
    const timer = setTimeout(() => reject(new Error(`the scoring thread is busy for ${timeoutMs} ms`)), timeoutMs);
    const message: ToThread = { id, question };
    this.#worker.postMessage(message, []);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  async stop(): Promise<void> {
    if (this.#ended) return;
    try {
      const clean = await this.ask('stop', this.#stopTimeoutMs);
      if (!clean) throw new Error('the scorer did not stop in order');
    } finally {
      this.#end(new Error('the scoring thread was stopped'));
      await this.#worker.terminate();
    }
  }

  #settle(id: number, answer: Answers[Question]): void {
    this.#waiting.get(id)?.resolve(answer as never);
  }

  #end(error: Error): void {
    this.#ended = true;
    for (const { reject } of this.#waiting.values()) reject(error);
  }
}

/** `.ts` in the workspace and `.js` in an image. */
function defaultWorker(): URL {
  return new URL(`./worker${extname(import.meta.filename)}`, import.meta.url);
}
