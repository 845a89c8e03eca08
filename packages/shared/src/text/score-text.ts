/** A score to two places, cut and not rounded: 0.6975 is MEDIUM, and as 0.70 it would stand beside 0.70s that are HIGH. */
export function scoreText(score: number): string {
  // 0.29 * 100 is a little less than 29.
  return (Math.floor(score * 100 + 1e-9) / 100).toFixed(2);
}
