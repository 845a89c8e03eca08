import type { LiteralGate } from '../rules/literal-gate.ts';
import { textOf } from '../text/bytes.ts';
import type { QuietGates } from './compile.ts';

const SCHEMES: readonly Uint8Array[] = ['https://', 'http://'].map((scheme) => Buffer.from(scheme));
const PERCENT = 0x25;
const PLUS = 0x2b;
const EQUALS = 0x3d;
const QUESTION = 0x3f;

/** The gates that a URL is held against: its path, its query, and what reads either as logged. */
type UrlGates = { readonly path: LiteralGate; readonly query: LiteralGate; readonly raw: LiteralGate };

/**
 * Tells of whole fields, without taking them apart into views, that no rule can match in them: the way of nearly every ordinary
 * request. Fields are bytes as logged.
 */
export class QuietTest {
  readonly #gates: QuietGates;
  readonly #target: UrlGates;
  readonly #referer: UrlGates;

  constructor(gates: QuietGates) {
    this.#gates = gates;
    this.#target = { path: gates.path, query: gates.query, raw: gates.targetRaw };
    this.#referer = { path: gates.referer, query: gates.referer, raw: gates.refererRaw };
  }

  target(bytes: Uint8Array, from: number, to: number): boolean {
    return isQuietUrl(bytes, from, from, to, this.#target);
  }

  referer(bytes: Uint8Array, from: number, to: number): boolean {
    const scheme = schemeLength(bytes, from, to);
    if (scheme > 0) return isQuietUrl(bytes, from, from + scheme, to, this.#referer);
    return isQuiet(bytes, from, to, this.#gates.referer, this.#gates.refererRaw);
  }

  host(bytes: Uint8Array, from: number, to: number): boolean {
    return isQuiet(bytes, from, to, this.#gates.host, this.#gates.hostRaw);
  }
}

/** @param pathStart where the path begins; what stands before it is known to be harmless */
function isQuietUrl(
  bytes: Uint8Array,
  from: number,
  pathStart: number,
  to: number,
  { path, query, raw }: UrlGates,
): boolean {
  let pathEnd = pathStart;
  while (pathEnd < to && bytes[pathEnd] !== QUESTION) {
    // Parameters within a path are read as such.
    if (bytes[pathEnd] === EQUALS) return false;
    pathEnd += 1;
  }
  if (!path.isQuiet(bytes, pathStart, pathEnd, false)) return false;
  if (pathEnd < to && !query.isQuiet(bytes, pathEnd + 1, to, true)) return false;
  return isQuietAsLogged(bytes, from, to, raw);
}

/** The same for a text that is no URL. */
function isQuiet(bytes: Uint8Array, from: number, to: number, decoded: LiteralGate, raw: LiteralGate): boolean {
  return decoded.isQuiet(bytes, from, to, false) && isQuietAsLogged(bytes, from, to, raw);
}

/** Where nothing is encoded, the text as logged is the decoded one. */
function isQuietAsLogged(bytes: Uint8Array, from: number, to: number, raw: LiteralGate): boolean {
  for (let at = from; at < to; at += 1)
    if (bytes[at] === PERCENT || bytes[at] === PLUS) return !raw.opens(textOf(bytes, from, to));
  return true;
}

/** Length of `http://` or `https://` at the beginning, or 0. */
function schemeLength(bytes: Uint8Array, from: number, to: number): number {
  for (const scheme of SCHEMES) {
    let length = 0;
    while (length < scheme.length && from + length < to && bytes[from + length] === scheme[length]) length += 1;
    if (length === scheme.length) return length;
  }
  return 0;
}
