import { emptyBits, hasBit } from '../gates/bit-set.ts';
import { LiteralGate, LiteralTable, type GateClauses } from '../gates/literal-gate.ts';

/** All of them, for the test that proves their hints. */
export const HINTED: { readonly expression: RegExp; mayMatch(text: string): boolean }[] = [];

/**
 * A dear expression, and its hint: literals, in lower case, of which one is in every text that it matches. Most texts have none, which
 * takes a fraction of the time to tell. Without regard to case; stand-ins as in rules (`<space>`).
 */
export class Hinted {
  readonly expression: RegExp;
  readonly #hint: LiteralTable;

  constructor(expression: RegExp, hint: readonly string[]) {
    this.expression = expression;
    this.#hint = new LiteralTable(hint);
    HINTED.push(this);
  }

  /** Whether the text has a literal of the hint. */
  mayMatch(text: string): boolean {
    return this.#hint.occursIn(text);
  }

  exec(text: string): RegExpExecArray | null {
    return this.mayMatch(text) ? this.expression.exec(text) : null;
  }

  test(text: string): boolean {
    return this.mayMatch(text) && this.expression.test(text);
  }
}

/**
 * Dear expressions that are looked for together, each with its own hint, or two of which a text must have a literal each. It finds what
 * `anyOf` the expressions would, where none of them captures anything; but tries those alone that a text has the literals of, while
 * `anyOf` tries every one from every place.
 */
export class HintedAny {
  readonly #expressions: readonly RegExp[];
  readonly #gate: LiteralGate;
  /** Those that the text read last may match. */
  readonly #open: Uint32Array;

  constructor(...parts: readonly (readonly [expression: RegExp, ...hints: GateClauses])[]) {
    this.#expressions = parts.map(([expression]) => expression);
    const hints = parts.map(([, ...clauses]) => clauses);
    this.#gate = new LiteralGate(new LiteralTable(hints.flat(2)), hints, () => false);
    this.#open = emptyBits(parts.length);
    for (const [index, expression] of this.#expressions.entries())
      HINTED.push({ expression, mayMatch: (text) => this.#gate.scan(text, this.#open) && hasBit(this.#open, index) });
  }

  exec(text: string): RegExpExecArray | null {
    if (!this.#gate.scan(text, this.#open)) return null;
    let first: RegExpExecArray | null = null;
    for (let index = 0; index < this.#expressions.length; index += 1) {
      const found = hasBit(this.#open, index) ? (this.#expressions[index] as RegExp).exec(text) : null;
      if (found !== null && (first === null || found.index < first.index)) first = found;
    }
    return first;
  }

  test(text: string): boolean {
    if (!this.#gate.scan(text, this.#open)) return false;
    return this.#expressions.some((expression, index) => hasBit(this.#open, index) && expression.test(text));
  }
}
