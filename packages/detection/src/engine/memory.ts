import { ownCopy } from '../text/own-copy.ts';

/** Texts in either half of a memory. */
const HALF_MAX = 4096;
/** Characters of the longest text that is kept. */
const LENGTH_MAX = 1024;

/** What is known of texts that repeat. Two halves of which the older is dropped when the younger is full, so that keeping costs little. */
export class Memory<Known> {
  #young = new Map<string, Known>();
  #old = new Map<string, Known>();

  get(text: string): Known | undefined {
    const known = this.#young.get(text);
    if (known !== undefined) return known;
    const older = this.#old.get(text);
    if (older !== undefined) this.set(text, older);
    return older;
  }

  /** What is known of a text, or else what `find` gives, from then on. */
  of(text: string, find: () => Known): Known {
    const known = this.get(text);
    if (known !== undefined) return known;
    const found = find();
    this.set(text, found);
    return found;
  }

  /** A very long text is not worth its memory. */
  set(text: string, known: Known): void {
    if (text.length > LENGTH_MAX) return;
    if (this.#young.size >= HALF_MAX) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(ownCopy(text), known);
  }
}
