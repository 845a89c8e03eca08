import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Random } from '../random.ts';

/**
 * A consumer of alerts as its documentation asks for it: it remembers the last `seq` that it handled and, however its connection
 * ended, comes back with it. It also hangs up by itself now and then.
 */
export class Consumer {
  readonly seqs: number[] = [];
  readonly ids: string[] = [];
  /** Frames that a consumer within retention must never see. */
  readonly gaps: unknown[] = [];
  connects = 0;
  readonly #url: () => string;
  readonly #apiKey: string;
  readonly #random: Random;
  #socket: WebSocket | undefined;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(url: () => string, apiKey: string, random: Random) {
    this.#url = url;
    this.#apiKey = apiKey;
    this.#random = random;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#socket?.terminate();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await this.#once();
      await delay(this.#random.int(20, 400));
    }
  }

  async #once(): Promise<void> {
    const address = new URL('/ws/alerts', this.#url().replace(/^http/, 'ws'));
    address.searchParams.set('after', String(this.seqs.at(-1) ?? 0));
    const socket = new WebSocket(address, { headers: { 'x-api-key': this.#apiKey }, handshakeTimeout: 5_000 });
    this.#socket = socket;
    let heardAtMs = performance.now();
    const hangUp = setTimeout(() => socket.terminate(), this.#random.int(2_000, 12_000));
    // A gateway that was paused keeps its connections; without its pings they are as good as gone.
    const watch = setInterval(() => {
      if (performance.now() - heardAtMs > 8_000) socket.terminate();
    }, 500);
    socket.on('open', () => (this.connects += 1));
    socket.on('ping', () => (heardAtMs = performance.now()));
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      heardAtMs = performance.now();
      this.#hear(JSON.parse(data.toString()) as Frame);
    });
    await new Promise((resolve) => socket.once('close', resolve));
    clearTimeout(hangUp);
    clearInterval(watch);
  }

  #hear(frame: Frame): void {
    if (frame.event === 'threat') {
      this.seqs.push(frame.seq);
      this.ids.push(frame.id);
    } else if (frame.event === 'gap') this.gaps.push(frame);
  }
}

interface Frame {
  event: string;
  seq: number;
  id: string;
}
