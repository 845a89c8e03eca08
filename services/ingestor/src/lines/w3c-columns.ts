import { FORMAT_LENGTH_MAX, W3C_HEADER } from '@vigil/shared/contracts';

const HASH = 0x23;
const NEWLINE = 0x0a;
const CR = 0x0d;

/**
 * The columns of a log in the W3C's format, which IIS names at its head and wherever they change. Whoever scores a batch may never see
 * that line, so each batch says which one holds where it begins.
 */
export class W3cColumns {
  #isW3c: boolean | undefined;
  #header: string | undefined;

  /** The `#Fields:` line that holds for what comes next; undefined where the log has none. */
  get header(): string | undefined {
    return this.#header;
  }

  /** Whether the log begins as one of the W3C; false where nobody knows yet. */
  get isW3c(): boolean {
    return this.#isW3c === true;
  }

  /**
   * Goes over whole lines, each time those that come next; the first ones begin the log.
   * @returns whether they name the columns
   */
  pass(lines: Buffer): boolean {
    if (lines.length === 0) return false;
    this.#isW3c ??= lines[0] === HASH;
    if (!this.#isW3c) return false;
    for (let at = lines.lastIndexOf(W3C_HEADER, undefined, 'latin1'); at !== -1; at = before(lines, at)) {
      const end = lines.indexOf(NEWLINE, at);
      if (end === -1 || (at > 0 && lines[at - 1] !== NEWLINE)) continue;
      const text = lines.toString('latin1', at, lines[end - 1] === CR ? end - 1 : end);
      this.#header = text.length <= FORMAT_LENGTH_MAX ? text : undefined;
      return true;
    }
    return false;
  }
}

function before(lines: Buffer, at: number): number {
  return at === 0 ? -1 : lines.lastIndexOf(W3C_HEADER, at - 1, 'latin1');
}
