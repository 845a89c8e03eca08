import { LINE_BYTES_MAX_USUAL } from '@vigil/shared/lines/line-length';
import { ATTACKS as PLAIN_ATTACKS } from '../attack-log.ts';
import type { Random } from '../random.ts';

const PATHS = [
  '/',
  '/index.html',
  '/products',
  '/cart/checkout',
  '/api/v1/orders',
  '/static/app.js',
  '/blog/2026/hello',
];
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/125.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_4) AppleWebKit/605.1.15 Version/17.4 Safari/605.1.15',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/124.0 Safari/537.36',
];
const ATTACKS = [
  ...PLAIN_ATTACKS,
  '/fetch?url=http://169.254.169.254/latest/meta-data/',
  '/page?lang=php://filter/convert.base64-encode/resource=index',
  '/go?next=%0d%0aSet-Cookie:%20admin=1',
];
/** Longer than LINE_BYTES_MAX. */
const TOO_LONG_BYTES = LINE_BYTES_MAX_USUAL + 600;

/** How often each kind of line comes; what is left over is benign. */
const SHARES = { attack: 0.07, garbage: 0.01, empty: 0.005, tooLong: 0.0005, odd: 0.02 };

/**
 * Lines of an access log, each from an address of its own, so that no score rests on what the address did before. Among them are
 * attacks, lines that cannot be parsed, empty ones, ones that are too long and ones with bytes that are not UTF-8.
 */
export class LogLines {
  readonly #random: Random;
  readonly #startMs: number;
  /** Lines so far. */
  count = 0;

  /** @param startMs time of the first line; the rest follow at one every few milliseconds */
  constructor(random: Random, startMs: number) {
    this.#random = random;
    this.#startMs = startMs;
  }

  /** Without its newline. */
  next(): Buffer {
    const n = this.count;
    this.count += 1;
    let roll = this.#random.next();
    const falls = (share: number): boolean => (roll -= share) < 0;
    if (falls(SHARES.attack)) return this.#request(n, `${this.#random.pick(ATTACKS)}&n=${n}`);
    if (falls(SHARES.garbage)) return this.#garbage();
    if (falls(SHARES.empty)) return Buffer.alloc(0);
    if (falls(SHARES.tooLong)) return this.#request(n, `/${'a'.repeat(TOO_LONG_BYTES)}`);
    if (falls(SHARES.odd)) return this.#request(n, `/caf\u00e9/\u2603?q=\\"quoted\\"&emoji=\u{1f600}`);
    return this.#benign(n);
  }

  /** One that every file may begin with: two files with the same first line would be hard to tell apart. */
  nextBenign(): Buffer {
    const line = this.#benign(this.count);
    this.count += 1;
    return line;
  }

  #benign(n: number): Buffer {
    return this.#request(n, `${this.#random.pick(PATHS)}?page=${n % 13}&n=${n}`);
  }

  #request(n: number, target: string): Buffer {
    const ip = `${10 + (n >>> 24)}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;
    const time = clfTime(this.#startMs + n * 5);
    const agent = AGENTS[n % AGENTS.length]!;
    return Buffer.from(`${ip} - - [${time}] "GET ${target} HTTP/1.1" 200 ${500 + (n % 5_000)} "-" "${agent}"`);
  }

  #garbage(): Buffer {
    const bytes = Buffer.from(Array.from({ length: this.#random.int(1, 200) }, () => this.#random.int(0, 255)));
    // Neither of them may end the line; a carriage return is cut off and would make the line a different one.
    for (const [at, byte] of bytes.entries()) if (byte === 0x0a || byte === 0x0d) bytes[at] = 0x2e;
    return bytes;
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `23/Nov/2026:16:52:39 +0000`. */
function clfTime(atMs: number): string {
  const iso = new Date(atMs).toISOString();
  return `${iso.slice(8, 10)}/${MONTHS[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}
