import { DELIMITER, LOUD, type LiteralGate } from '../gates/literal-gate.ts';
import { codeAt, placeOf, textOf, type Chars } from '../text/chars.ts';
import { ENCODED } from '../views/char-marks.ts';
import type { QuietGates } from './unit-gates.ts';
import { QuietTexts } from './quiet-texts.ts';

const SCHEMES: readonly Uint8Array[] = ['https://', 'http://'].map((scheme) => Buffer.from(scheme));

/** The gates that a URL is held against: its path, its query, and what reads either as logged. */
type UrlGates = { readonly path: LiteralGate; readonly query: LiteralGate; readonly raw: LiteralGate };

/**
 * Tells of whole fields, without taking them apart into views, that no rule can match in them: the way of nearly every ordinary
 * request. Fields are as logged.
 */
export class QuietTest {
  readonly #gates: QuietGates;
  readonly #target: UrlGates;
  readonly #referer: UrlGates;
  /** Pages repeat, as what belongs to one is fetched from it. */
  readonly #referers = new QuietTexts();

  constructor(gates: QuietGates) {
    this.#gates = gates;
    this.#target = { path: gates.path, query: gates.query, raw: gates.targetRaw };
    this.#referer = { path: gates.referer, query: gates.referer, raw: gates.refererRaw };
  }

  target(chars: Chars, from: number, to: number): boolean {
    return isQuietUrl(chars, from, from, to, this.#target);
  }

  referer(chars: Chars, from: number, to: number): boolean {
    if (typeof chars !== 'string' && this.#referers.has(chars, from, to)) return true;
    const scheme = schemeLength(chars, from, to);
    const quiet =
      scheme > 0
        ? isQuietUrl(chars, from, from + scheme, to, this.#referer)
        : isQuiet(chars, from, to, this.#gates.referer, this.#gates.refererRaw);
    if (quiet && typeof chars !== 'string') this.#referers.add(chars, from, to);
    return quiet;
  }

  /** Remembers the referer that was just asked after and was not quiet, as no rule matches in it nonetheless. */
  addReferer(bytes: Buffer, from: number, to: number): void {
    this.#referers.add(bytes, from, to);
  }

  host(chars: Chars, from: number, to: number): boolean {
    return isQuiet(chars, from, to, this.#gates.host, this.#gates.hostRaw);
  }

  /** Of a header that has no name of its own here, and of a user's name. */
  header(text: string): boolean {
    return isQuiet(text, 0, text.length, this.#gates.header, this.#gates.headerRaw);
  }
}

/** @param pathStart where the path begins; what stands before it is known to be harmless */
function isQuietUrl(
  chars: Chars,
  from: number,
  pathStart: number,
  to: number,
  { path, query, raw }: UrlGates,
): boolean {
  const pathEnd = placeOf('?', chars, pathStart, to);
  const marks = path.marksIfQuiet(chars, pathStart, pathEnd, false);
  // Parameters within a path are read as such.
  if (marks === LOUD || (marks & DELIMITER) !== 0) return false;
  if (pathEnd === to) return isQuietAsLogged(chars, from, to, marks, raw);
  const queryMarks = query.marksIfQuiet(chars, pathEnd + 1, to, true);
  return queryMarks !== LOUD && isQuietAsLogged(chars, from, to, marks | queryMarks, raw);
}

/** The same for a text that is no URL. */
function isQuiet(chars: Chars, from: number, to: number, decoded: LiteralGate, raw: LiteralGate): boolean {
  const marks = decoded.marksIfQuiet(chars, from, to, false);
  return marks !== LOUD && isQuietAsLogged(chars, from, to, marks, raw);
}

/** Where nothing is encoded, the text as logged is the decoded one. */
function isQuietAsLogged(chars: Chars, from: number, to: number, marks: number, raw: LiteralGate): boolean {
  return (marks & ENCODED) === 0 || !raw.opens(textOf(chars, from, to));
}

/** Length of `http://` or `https://` at the beginning, or 0. */
function schemeLength(chars: Chars, from: number, to: number): number {
  for (const scheme of SCHEMES) {
    let length = 0;
    while (length < scheme.length && from + length < to && codeAt(chars, from + length) === scheme[length]) length += 1;
    if (length === scheme.length) return length;
  }
  return 0;
}
