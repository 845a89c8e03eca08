/** A stage of the pipeline beside the least that its work could cost. */
export interface Stage {
  name: string;
  limitName: string;
  unit: 'lines' | 'events';
  /** How many of them a pass takes. */
  count: number;
  /** Seconds that the stage takes for all of them. */
  ours: () => Promise<number>;
  /** Seconds that the limit takes for all of them. */
  limit: () => Promise<number>;
}

/** Seconds that the work takes. */
export async function secondsOf(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
