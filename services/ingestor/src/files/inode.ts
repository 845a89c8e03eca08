/** A prime just below 2^53. */
const MODULUS = 9_007_199_254_740_881n;

/**
 * The number of a file as one that a double holds, as it is up to 2^53. File systems give out larger ones, to neighbouring files one
 * after the other (NTFS behind a share or in WSL, overlayfs), which rounded would be those of the same file; these stay apart.
 * @param ino of `stat` with `bigint`, which gives those above 2^63 as negative
 */
export function inodeNumber(ino: bigint): number {
  const number = BigInt.asUintN(64, ino);
  return Number(number > BigInt(Number.MAX_SAFE_INTEGER) ? number % MODULUS : number);
}
