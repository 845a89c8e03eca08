import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { clientNetwork } from './client-network.ts';
import { ConnectionCounts } from './connection-counts.ts';

/** Requests that are under way when a server closes get this long to be answered. */
const ANSWER_MAX_MS = 2_000;

/** Connections at once, in all and of one peer (IPv6: /64). */
export interface ConnectionLimits {
  max: number;
  perPeerMax: number;
  /** Whoever comes through a proxy is not its peer. */
  isProxy: (address: string) => boolean;
  /** Told of each connection that was closed since there were too many. */
  onRefused: (why: string) => void;
}

/**
 * A server's connections. Their number is bounded, since whoever opens one need have no key for it, and half a head in each would fill the
 * memory. And they are known, so that the server's close need not wait for those on which nothing is asked: Node lets go only of those
 * that had an answer. Browsers and balancers open some beforehand, and whoever sends half a head keeps one open.
 */
export class OpenConnections {
  readonly #limits: ConnectionLimits;
  readonly #counts = new ConnectionCounts();
  /** With how many of its requests are to be answered yet. */
  readonly #pending = new Map<Duplex, number>();

  /** To be called before the server listens. */
  constructor(server: Server, limits: ConnectionLimits) {
    this.#limits = limits;
    server.on('connection', (socket) => {
      if (!this.#admit(socket)) {
        socket.destroy();
        return;
      }
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

  #admit(socket: Socket): boolean {
    const { max, perPeerMax, isProxy, onRefused } = this.#limits;
    const { remoteAddress: address } = socket;
    const peer = clientNetwork(address);
    const ofPeer = address !== undefined && isProxy(address) ? [] : [{ name: `peer ${peer}`, max: perPeerMax }];
    const counted = this.#counts.open([{ name: 'all', max }, ...ofPeer]);
    if ('refusedBy' in counted) {
      const isFull = counted.refusedBy === 'all';
      onRefused(
        `too many connections${isFull ? '' : ` of ${peer}, which is none of TRUSTED_PROXIES`}: more are closed`,
      );
      return false;
    }
    socket.once('close', counted.close);
    return true;
  }

  #add(socket: Duplex, count: number): void {
    const pending = this.#pending.get(socket);
    if (pending !== undefined) this.#pending.set(socket, pending + count);
  }
}
