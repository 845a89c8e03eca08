/*
 * Sets of small numbers as bits of 32-bit words: what compiled rules and their gates pass around for each text.
 */

/** A set that has room for the numbers below `size`, at least one word long. */
export function emptyBits(size: number): Uint32Array {
  return new Uint32Array(Math.max(1, Math.ceil(size / 32)));
}

export function setBit(set: Uint32Array, bit: number): void {
  set[bit >>> 5] = (set[bit >>> 5] as number) | (1 << (bit & 31));
}

export function hasBit(set: Uint32Array, bit: number): boolean {
  return (((set[bit >>> 5] as number) >>> (bit & 31)) & 1) === 1;
}
