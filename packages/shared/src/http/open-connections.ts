import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** Requests that are under way when a server closes get this long to be answered. */
const ANSWER_MAX_MS = 2_000;

/**
 * A server's connections, so that its close need not wait for those on which nothing is asked: Node lets go only of those that had an
 * answer. Browsers and balancers open some beforehand, and whoever sends half a head keeps one open.
 */
export class OpenConnections {
  /** With how many of its requests are to be answered yet. */
  readonly #pending = new Map<Duplex, number>();

  /** To be called before the server listens. */
  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.#pending.set(socket, 0);
      socket.once('close', () => this.#pending.delete(socket));
    });
    server.on('request', ({ socket }, response) => {
      this.#add(socket, 1);
      response.once('close', () => this.#add(socket, -1));
    });
  }

  /** The connection carries another protocol from now on, which ends it by itself. */
  keep(socket: Duplex): void {
    this.#add(socket, 1);
  }

  /** Ends those on which nothing is asked, and the others when they had time for their answers. */
  end(): void {
    for (const [socket, pending] of this.#pending) if (pending === 0) socket.destroy();
    setTimeout(() => {
      for (const socket of this.#pending.keys()) socket.destroy();
    }, ANSWER_MAX_MS).unref();
  }

  #add(socket: Duplex, count: number): void {
    const pending = this.#pending.get(socket);
    if (pending !== undefined) this.#pending.set(socket, pending + count);
  }
}
