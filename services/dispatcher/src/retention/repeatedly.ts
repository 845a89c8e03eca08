/**
 * Runs `work` again and again, one run at a time.
 * @param times.firstAfterMs until the first run
 * @param times.intervalMs from the end of a run to the next one
 * @returns a stop, which tells the run under way by its signal and waits for it
 */
export function repeatedly(
  work: (signal: AbortSignal) => Promise<void>,
  { firstAfterMs, intervalMs }: { firstAfterMs: number; intervalMs: number },
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const runAfter = (ms: number): void => {
    timer = setTimeout(() => {
      running = work(stopping.signal).finally(() => {
        if (!stopping.signal.aborted) runAfter(intervalMs);
      });
    }, ms);
  };
  runAfter(firstAfterMs);
  return {
    stop: async () => {
      clearTimeout(timer);
      stopping.abort();
      await running;
    },
  };
}
