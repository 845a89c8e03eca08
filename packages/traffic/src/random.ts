/** Deterministic pseudo-random numbers (sfc32): the same seed gives the same traffic on every machine. */
export class Random {
  #a = 0x9e3779b9;
  #b = 0x243f6a88;
  #c: number;
  #d = 1;

  constructor(seed: number) {
    this.#c = seed | 0;
    for (let n = 0; n < 16; n += 1) this.next();
  }

  /** 0 ≤ x < 1. */
  next(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0;
    return (t >>> 0) / 4_294_967_296;
  }

  /** Whole number, min ≤ n ≤ max. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)]!;
  }

  /** Index below `count`, small ones far more often: popularity as the web has it (Zipf, exponent about 1). */
  zipf(count: number): number {
    return Math.min(count - 1, Math.floor(count ** this.next()) - 1);
  }

  hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += ((this.next() * 0x10000000) | 0).toString(16).padStart(7, '0');
    return text.slice(0, digits);
  }

  /** Small for the most part, now and then large: sizes of responses. */
  size(typical: number): number {
    const spread = this.next() + this.next() + this.next() - 1.5;
    return Math.max(0, Math.round(typical * 3 ** spread));
  }
}
