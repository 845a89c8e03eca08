import type { LinePlot } from '../plots/line-plot.ts';

interface GrowthOptions {
  /** Where parts keep files and servers; temporary. */
  folder: string;
  /** Caps the long run's lines and the table's rows. */
  linesMax: number;
}

/** What one growing quantity costs. */
interface GrowthResult {
  heading: string;
  /** What was done, in a sentence. */
  how: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  /** Without its extension. */
  plotName: string;
  plot: LinePlot;
  /** What to make of the figures; why where they grow worse than linearly. */
  reading: string;
}

export type GrowthPart = (options: GrowthOptions) => Promise<GrowthResult>;

/**
 * Exponent by which `y` grows with `x` between the first and the last point: 1 is linear, 0 is flat.
 */
export function growthExponent(points: readonly (readonly [number, number])[]): number {
  const [first, last] = [points[0]!, points.at(-1)!];
  return Math.log(last[1] / first[1]) / Math.log(last[0] / first[0]);
}
