import { encodePayload } from './encode.ts';
import { quoteField, type SimulatedRequest } from './log-line.ts';
import { PAYLOAD_CLASSES, payload, type PayloadClass } from './payloads.ts';
import type { Random } from './random.ts';
import { visitorAddress } from './sessions.ts';
import { outsideReferer } from './site.ts';
import { SCANNER_AGENTS, browserAgent } from './user-agents.ts';

export type AttackClass = PayloadClass | 'scanner' | 'flood';
export const ATTACK_CLASSES: readonly AttackClass[] = [...PAYLOAD_CLASSES, 'scanner', 'flood'];

const PARAMETERS = ['id', 'q', 'page', 'file', 'name', 'cat', 'url', 'next', 'lang', 'user', 'item', 'comment'];
const PAGES = [
  '/search',
  '/product.php',
  '/index.php',
  '/download',
  '/api/v1/items',
  '/login',
  '/view',
  '/cgi-bin/test.cgi',
  '/',
];
const PROBES = [
  '/.env',
  '/.git/config',
  '/wp-login.php',
  '/wp-content/plugins/',
  '/phpmyadmin/index.php',
  '/admin/',
  '/server-status',
  '/actuator/env',
  '/.aws/credentials',
  '/backup.zip',
  '/db.sql',
  '/config.php.bak',
  '/xmlrpc.php',
  '/solr/admin/info/system',
  '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php',
  '/console/',
  '/.svn/entries',
];
/** How many attackers are at it at once. */
const ATTACKERS = 12;

interface Attacker {
  ip: string;
  userAgent: string;
  kind: AttackClass;
  left: number;
  target: string;
}

/** People and tools with bad intentions; each tries some times from one address and gives way to another. */
export class Attackers {
  readonly #random: Random;
  readonly #kinds: readonly AttackClass[];
  readonly #attackers: Attacker[];

  constructor(random: Random, kinds: readonly AttackClass[]) {
    this.#random = random;
    this.#kinds = kinds;
    this.#attackers = Array.from({ length: ATTACKERS }, () => this.#somebody());
  }

  next(): { request: SimulatedRequest; kind: AttackClass } {
    const random = this.#random;
    // A flood comes from few; the others take turns.
    const at = random.int(0, ATTACKERS - 1);
    let attacker = this.#attackers[at]!;
    if (attacker.left <= 0) {
      attacker = this.#somebody();
      this.#attackers[at] = attacker;
    }
    attacker.left -= 1;
    return { request: this.#request(attacker), kind: attacker.kind };
  }

  #somebody(): Attacker {
    const random = this.#random;
    const kind = random.pick(this.#kinds);
    return {
      ip: visitorAddress(random),
      userAgent: kind === 'scanner' ? random.pick(SCANNER_AGENTS) : browserAgent(random),
      kind,
      left: kind === 'flood' ? random.int(500, 3_000) : kind === 'scanner' ? random.int(30, 200) : random.int(3, 25),
      target: random.pick(['/', '/search?q=', '/login', '/api/v2/items/']),
    };
  }

  #request(attacker: Attacker): SimulatedRequest {
    const { ip, kind } = attacker;
    const random = this.#random;
    const base = { ip, user: '-', method: 'GET', protocol: 'HTTP/1.1', referer: '-', userAgent: attacker.userAgent };
    if (kind === 'scanner') {
      const probe = random.pick(PROBES);
      const target = random.chance(0.5) ? probe : `${probe}${random.chance(0.5) ? '~' : ''}?${random.hex(6)}`;
      return { ...base, target, status: random.chance(0.93) ? 404 : 403, bytes: random.int(146, 600) };
    }
    if (kind === 'flood') {
      const target = `${attacker.target}${random.chance(0.5) ? random.hex(5) : ''}`;
      return { ...base, target, status: random.chance(0.7) ? 200 : 503, bytes: random.size(4_000) };
    }
    const text = payload(random, kind);
    const status = random.pick([200, 200, 200, 302, 400, 403, 404, 500]);
    const answer = {
      ...base,
      status,
      bytes: random.size(2_500),
      referer: random.chance(0.3) ? outsideReferer(random) : '-',
    };
    const place = random.next();
    if (kind === 'log4shell' && place < 0.5) return this.#inHeader(answer, text);
    if (kind === 'traversal' && place < 0.3)
      return { ...answer, target: `/static/${encodePayload(text, random, false)}` };
    if (kind !== 'xxe' && kind !== 'ssrf' && place > 0.93) return this.#inHeader(answer, text);
    return { ...answer, target: this.#inQuery(kind, text) };
  }

  #inQuery(kind: PayloadClass, text: string): string {
    const random = this.#random;
    const value = encodePayload(text, random, kind === 'sqli' || kind === 'xss');
    const before = random.chance(0.4) ? `${random.pick(PARAMETERS)}=${random.int(1, 99)}&` : '';
    const after = random.chance(0.3) ? `&${random.pick(PARAMETERS)}=${random.hex(3)}` : '';
    return `${random.pick(PAGES)}?${before}${random.pick(PARAMETERS)}=${value}${after}`;
  }

  #inHeader(request: Omit<SimulatedRequest, 'target'>, text: string): SimulatedRequest {
    const target = this.#random.pick(PAGES);
    const field = quoteField(text);
    return this.#random.chance(0.6) ? { ...request, target, userAgent: field } : { ...request, target, referer: field };
  }
}
