/**
 * Finds one text in others in a single pass over each, whatever either repeats (Knuth, Morris and Pratt,
 * https://doi.org/10.1137/0206024).
 */
export class TextFinder {
  readonly #text: string;
  /** By length of what has matched: the longest shorter beginning of the text that the match ends with. */
  readonly #shorter: Int32Array;

  constructor(text: string) {
    this.#text = text;
    this.#shorter = new Int32Array(text.length + 1);
    let matched = 0;
    for (let at = 1; at < text.length; at += 1) {
      matched = this.#after(matched, text.charCodeAt(at));
      this.#shorter[at + 1] = matched;
    }
  }

  /**
   * @returns the ends of the places where the text stands whole in the other, and how many characters of its beginning the other ends
   * with where it does not end with the whole
   */
  findIn(other: string): { found: number[]; begun: number } {
    const found: number[] = [];
    let matched = 0;
    for (let at = 0; at < other.length; at += 1) {
      matched = this.#after(matched, other.charCodeAt(at));
      if (matched < this.#text.length) continue;
      found.push(at + 1);
      matched = this.#shorter[matched]!;
    }
    return { found, begun: matched };
  }

  /** Length of the match after one more character. */
  #after(matched: number, code: number): number {
    let length = matched;
    while (length > 0 && this.#text.charCodeAt(length) !== code) length = this.#shorter[length]!;
    return this.#text.charCodeAt(length) === code ? length + 1 : 0;
  }
}
