/** A seed that is short enough to be typed again. */
export function randomSeed(): number {
  return 1 + Math.floor(Math.random() * 999_999);
}
