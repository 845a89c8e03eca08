import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { keepNewest } from '../collections/keep-newest.ts';
import { clientNetwork } from './client-network.ts';
import { ConnectionCounts } from './connection-counts.ts';
import { TokenBuckets } from './token-buckets.ts';

/** Requests that are under way when a server closes get this long to be answered. */
const ANSWER_MAX_MS = 2_000;

/**
 * Requests on one connection that are to be answered. Browsers, proxies and programs wait for one answer before they ask anew; Node reads
 * and hands over whatever has come at once, thousands of short ones, and serves nobody else meanwhile.
 */
const UNANSWERED_MAX = 4;
/**
 * Whoever asks for more loses that connection, since others may share the address, behind a NAT or a proxy that nobody said to trust. What
 * comes with a connection that is then closed has been read all the same, so where more of that happens than this, of all peers together,
 * the address is refused for a while.
 */
const LENIENCE = { perSecond: 0.5, burst: 5 };
const REFUSED_MS = 10_000;
const REFUSED_PEERS_MAX = 10_000;

/** How many at once, in all and of one peer (IPv6: /64). */
export interface ConnectionBounds {
  max: number;
  perPeerMax: number;
}

export interface ConnectionLimits extends ConnectionBounds {
  /** Whoever comes through a proxy is not its peer. */
  isProxy: (address: string) => boolean;
  /**
   * Told of each connection that was closed since there were too many, or that asked too much.
   * @param why one of few, since whoever has many addresses must not fill the log with them
   */
  onRefused: (why: string, peer: string) => void;
}

interface Open {
  peer: string;
  /** Requests that are to be answered yet. */
  pending: number;
  /** Whether it carries another protocol. */
  isKept: boolean;
}

/**
 * A server's connections. Their number is bounded, since whoever opens one need have no key for it, and half a head in each would fill the
 * memory; so is what is asked on each before it is answered. And they are known, so that the server's close need not wait for those on
 * which nothing is asked: Node lets go only of those that had an answer. Browsers and balancers open some beforehand, and whoever sends
 * half a head keeps one open.
 */
export class OpenConnections {
  readonly #limits: ConnectionLimits;
  readonly #counts = new ConnectionCounts();
  readonly #open = new Map<Duplex, Open>();
  /** Until when peers are refused that did not wait for answers. */
  readonly #refused = new Map<string, number>();
  readonly #lenience = new TokenBuckets(LENIENCE);

  /** To be called before the server listens, and after it knows who answers. */
  constructor(server: Server, limits: ConnectionLimits) {
    this.#limits = limits;
    server.on('connection', (socket) => {
      const peer = clientNetwork(socket.remoteAddress);
      if (!this.#admit(socket, peer)) {
        socket.destroy();
        return;
      }
      this.#open.set(socket, { peer, pending: 0, isKept: false });
      socket.once('close', () => this.#open.delete(socket));
    });
    const answer = server.listeners('request');
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      const connection = this.#open.get(request.socket);
      if (connection === undefined || request.socket.destroyed) return;
      if (connection.pending >= UNANSWERED_MAX) {
        this.#refuse(request.socket, connection.peer);
        return;
      }
      connection.pending += 1;
      response.once('close', () => (connection.pending -= 1));
      for (const listener of answer) listener.call(server, request, response);
    });
  }

  /** The connection carries another protocol from now on, which ends it by itself. */
  keep(socket: Duplex): void {
    const connection = this.#open.get(socket);
    if (connection !== undefined) connection.isKept = true;
  }

  /** Ends those on which nothing is asked, and the others when they had time for their answers. */
  end(): void {
    for (const [socket, { pending, isKept }] of this.#open) if (pending === 0 && !isKept) socket.destroy();
    setTimeout(() => {
      for (const socket of this.#open.keys()) socket.destroy();
    }, ANSWER_MAX_MS).unref();
  }

  #admit(socket: Socket, peer: string): boolean {
    const { max, perPeerMax, onRefused } = this.#limits;
    if ((this.#refused.get(peer) ?? 0) > performance.now()) return false;
    const ofPeer = this.#isOfProxy(socket) ? [] : [{ name: `peer ${peer}`, max: perPeerMax }];
    const counted = this.#counts.open([{ name: 'all', max }, ...ofPeer]);
    if ('refusedBy' in counted) {
      const isFull = counted.refusedBy === 'all';
      const ofWhom = isFull ? '' : ' of a peer that is none of TRUSTED_PROXIES';
      onRefused(`too many connections${ofWhom}: more are closed`, peer);
      return false;
    }
    socket.once('close', counted.close);
    return true;
  }

  #refuse(socket: Socket, peer: string): void {
    const why = 'too many requests at once of a peer that does not wait for answers';
    socket.destroy();
    if (this.#isOfProxy(socket) || this.#lenience.take('all') === 0) {
      this.#limits.onRefused(`${why}: the connection is closed`, peer);
      return;
    }
    this.#limits.onRefused(`${why}: it is refused for a while`, peer);
    this.#refused.delete(peer);
    this.#refused.set(peer, performance.now() + REFUSED_MS);
    keepNewest(this.#refused, REFUSED_PEERS_MAX);
    for (const [other, { peer: ofOther, isKept }] of this.#open) if (ofOther === peer && !isKept) other.destroy();
  }

  #isOfProxy({ remoteAddress: address }: Socket): boolean {
    return address !== undefined && this.#limits.isProxy(address);
  }
}
