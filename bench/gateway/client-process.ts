import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

type Report = { open: number } | { slowest: number } | { closed: number };

/** A process full of listening clients. */
export class ClientProcess {
  readonly #child: ChildProcess;
  #slowest = 0;
  #waiting: { seq: number; resolve: () => void } | undefined;
  /** Connections that the server ended. */
  closed = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (report: Report) => {
      if ('closed' in report) this.closed += 1;
      if (!('slowest' in report)) return;
      this.#slowest = report.slowest;
      if (this.#waiting !== undefined && this.#slowest >= this.#waiting.seq) this.#waiting.resolve();
    });
  }

  /** Resolves when all connections stand. */
  static async start(url: string, key: string, connections: number): Promise<ClientProcess> {
    const script = fileURLToPath(new URL('./stream-clients.ts', import.meta.url));
    const child = fork(script, [JSON.stringify({ url, key, connections })]);
    const clients = new ClientProcess(child);
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`the clients ended with ${code}`)));
      child.on('message', (report: Report) => {
        if ('open' in report) resolve();
      });
    });
    return clients;
  }

  /** Resolves when every client has had everything up to `seq`. */
  async all(seq: number): Promise<void> {
    if (this.#slowest >= seq) return;
    await new Promise<void>((resolve) => {
      this.#waiting = { seq, resolve };
    });
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill();
    await ended;
  }
}
