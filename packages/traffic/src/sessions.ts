import type { SimulatedRequest } from './log-line.ts';
import type { Random } from './random.ts';
import { ORIGIN, apiPath, assetPath, outsideReferer, pagePath } from './site.ts';
import { browserAgent, clientAgent, crawlerAgent } from './user-agents.ts';

type Kind = 'browser' | 'crawler' | 'client';

/** Requests that one visitor of a session makes in a minute, about: far below what counts as a flood. */
const REQUESTS_PER_SECOND = 0.3;
/** What a browser asks for a second while a page loads: all that the page needs comes within moments. */
const LOADING_REQUESTS_PER_SECOND = 10;
/** Share of requests that pages may take for loading, so that others are still heard. */
const LOADING_SHARE_MAX = 0.95;

/** Somebody from the address ranges set aside for documentation and benchmarks: never a real person. */
export function visitorAddress(random: Random): string {
  if (random.chance(0.12))
    return `2001:db8:${random.hex(4)}:${random.hex(4)}::${random.hex(4)}`.replaceAll(/:0+(?=[0-9a-f])/g, ':');
  if (random.chance(0.3)) return `198.${random.int(18, 19)}.${random.int(0, 255)}.${random.int(1, 254)}`;
  return `100.${random.int(64, 127)}.${random.int(0, 255)}.${random.int(1, 254)}`;
}

/** One visit: pages, each with what it loads, and referers that follow the path taken. */
class Session {
  readonly ip: string;
  readonly #userAgent: string;
  readonly #kind: Kind;
  readonly #protocol: string;
  readonly #user: string;
  #left: number;
  #assetsLeft = 0;
  #page: string;

  constructor(random: Random) {
    const kind = random.next();
    this.#kind = kind < 0.9 ? 'browser' : kind < 0.96 ? 'crawler' : 'client';
    this.ip = visitorAddress(random);
    this.#userAgent =
      this.#kind === 'browser'
        ? browserAgent(random)
        : this.#kind === 'crawler'
          ? crawlerAgent(random)
          : clientAgent(random);
    this.#protocol = random.chance(0.7) ? 'HTTP/2.0' : 'HTTP/1.1';
    this.#user = random.chance(0.02) ? `user${random.int(1, 500)}` : '-';
    this.#left = random.int(4, 60);
    this.#page = outsideReferer(random);
  }

  get isOver(): boolean {
    return this.#left <= 0;
  }

  /** Whether its page still needs something. */
  get isLoading(): boolean {
    return this.#assetsLeft > 0 && !this.isOver;
  }

  next(random: Random): SimulatedRequest {
    this.#left -= 1;
    if (this.#kind === 'client') return this.#request(random, 'GET', apiPath(random), '-', 900);
    if (this.#kind === 'crawler')
      return this.#request(random, 'GET', random.chance(0.06) ? '/robots.txt' : pagePath(random), '-', 24_000);
    if (this.#assetsLeft > 0) {
      this.#assetsLeft -= 1;
      return this.#request(random, 'GET', assetPath(random), this.#page, 18_000);
    }
    const referer = this.#page;
    if (random.chance(0.04))
      return this.#request(
        random,
        'POST',
        random.pick(['/cart/items', '/login', '/api/v2/events', '/newsletter']),
        referer,
        300,
      );
    const path = pagePath(random);
    this.#page = ORIGIN + path;
    this.#assetsLeft = random.int(0, 9);
    return this.#request(random, 'GET', path, referer, 30_000);
  }

  #request(random: Random, method: string, target: string, referer: string, typicalBytes: number): SimulatedRequest {
    const status = statusOf(random, method);
    const bytes =
      status === 304 || status === 204 ? 0 : status >= 300 ? random.int(150, 600) : random.size(typicalBytes);
    return {
      ip: this.ip,
      user: this.#user,
      method,
      target,
      protocol: this.#protocol,
      status,
      bytes,
      referer,
      userAgent: this.#userAgent,
    };
  }
}

function statusOf(random: Random, method: string): number {
  const kind = random.next();
  if (method === 'POST') return kind < 0.6 ? 302 : kind < 0.9 ? 200 : kind < 0.97 ? 422 : 401;
  if (kind < 0.84) return 200;
  if (kind < 0.93) return 304;
  if (kind < 0.965) return random.chance(0.5) ? 301 : 302;
  if (kind < 0.99) return 404;
  return random.pick([403, 499, 500, 502, 206]);
}

/** Everybody who is on the site at present; who leaves is followed by somebody new. */
export class Crowd {
  readonly #random: Random;
  readonly #rate: number;
  readonly #sessions: Session[];
  /** Those whose page is loading. */
  readonly #loading: Session[] = [];

  /** @param rate requests per second of all together */
  constructor(random: Random, rate: number) {
    this.#random = random;
    this.#rate = rate;
    const count = Math.min(20_000, Math.max(20, Math.round(rate / REQUESTS_PER_SECOND)));
    this.#sessions = Array.from({ length: count }, () => new Session(random));
  }

  next(): SimulatedRequest {
    const loadingShare = (this.#loading.length * LOADING_REQUESTS_PER_SECOND) / this.#rate;
    return this.#random.chance(Math.min(LOADING_SHARE_MAX, loadingShare)) ? this.#loadOn() : this.#turnTo();
  }

  /** Somebody's page gets the next of what it needs. */
  #loadOn(): SimulatedRequest {
    const at = Math.floor(this.#random.next() * this.#loading.length);
    const session = this.#loading[at]!;
    const request = session.next(this.#random);
    if (!session.isLoading) {
      this.#loading[at] = this.#loading.at(-1)!;
      this.#loading.pop();
    }
    return request;
  }

  /** Anybody does something, a new page most likely. */
  #turnTo(): SimulatedRequest {
    const at = Math.floor(this.#random.next() * this.#sessions.length);
    let session = this.#sessions[at]!;
    // Whoever waits for a page does not turn to the next one, and who has left does nothing.
    if (session.isOver || session.isLoading) {
      session = new Session(this.#random);
      this.#sessions[at] = session;
    }
    const request = session.next(this.#random);
    if (session.isLoading) this.#loading.push(session);
    return request;
  }
}
