/**
 * Bitmaps for linear counting (Whang et al., 1990): each distinct value sets one of m bits, and the share of zero bits tells how many
 * distinct values there were. They merge by OR, in any order, any number of times.
 */

/** Bit that a 32-bit hash sets in a bitmap of so many 32-bit words (a power of two). */
export function bitOf(hash: number, words: number): number {
  return hash & (words * 32 - 1);
}

/** Sets a bit in the bitmap whose words begin at `at`. */
export function setBit(slab: Float64Array, at: number, bit: number): void {
  const word = at + (bit >>> 5);
  slab[word] = (slab[word]! | (1 << (bit & 31))) >>> 0;
}

/** Set bits of a 32-bit word. */
export function popcount(word: number): number {
  let x = word | 0;
  x -= (x >>> 1) & 0x5555_5555;
  x = (x & 0x3333_3333) + ((x >>> 2) & 0x3333_3333);
  x = (x + (x >>> 4)) & 0x0f0f_0f0f;
  return Math.imul(x, 0x0101_0101) >>> 24;
}

/** Estimate of distinct values from the set bits of a bitmap of `words` words; a full bitmap gives its largest estimate. */
export function distinctFrom(setBits: number, words: number): number {
  const size = words * 32;
  const zeros = Math.max(1, size - setBits);
  return Math.round(size * Math.log(size / zeros));
}
