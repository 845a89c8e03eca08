import { LiteralTable } from '../rules/literal-gate.ts';

/** All of them, for the test that proves their hints. */
export const HINTED: Hinted[] = [];

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
