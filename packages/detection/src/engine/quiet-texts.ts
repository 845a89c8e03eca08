/** Texts remembered; a power of two, as a hash picks the place. */
const PLACES = 4096;
/** A longer text is not remembered. */
const LENGTH_MAX = 256;
const WORDS = LENGTH_MAX / 4;

const PRIME = 0x9e37_79b1;

/**
 * Texts of one field in which no rule matches, by their bytes, so that those of ordinary lines, which come again and again, need not be
 * looked at each time. Each has one place by its hash, and takes it from the one before.
 */
export class QuietTexts {
  readonly #words = new Int32Array(PLACES * WORDS);
  readonly #bytes = new Uint8Array(this.#words.buffer);
  /** Length of the text in each place, or 0. */
  readonly #lengths = new Uint16Array(PLACES);
  /** Place of the text that was looked for last. */
  #place = 0;
  #viewed: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(this.#viewed.buffer);

  /** Whether bytes[from, to) was added and is remembered. */
  has(bytes: Buffer, from: number, to: number): boolean {
    const view = this.#viewOf(bytes);
    const length = to - from;
    const wordsEnd = to - 3;
    let hash = length;
    let at = from;
    for (; at < wordsEnd; at += 4) {
      hash = Math.imul(hash ^ view.getInt32(at, true), PRIME);
      hash ^= hash >>> 15;
    }
    for (; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), PRIME);
    this.#place = (hash ^ (hash >>> 16)) & (PLACES - 1);
    if (this.#lengths[this.#place] !== length) return false;
    let word = this.#place * WORDS;
    at = from;
    for (; at < wordsEnd; at += 4) if (this.#words[word++] !== view.getInt32(at, true)) return false;
    for (let own = word * 4; at < to; at += 1) if (this.#bytes[own++] !== bytes[at]) return false;
    return true;
  }

  /** The batch's lines share their bytes, and with them the view. */
  #viewOf(bytes: Buffer): DataView {
    if (bytes !== this.#viewed) {
      this.#viewed = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    return this.#view;
  }

  /** Adds the text that was just looked for. */
  add(bytes: Buffer, from: number, to: number): void {
    if (to - from > LENGTH_MAX) return;
    this.#bytes.set(bytes.subarray(from, to), this.#place * LENGTH_MAX);
    this.#lengths[this.#place] = to - from;
  }
}
