/**
 * A `collect` for gauges whose values are read together: the registry asks all metrics at once and reads each when its own `collect` is
 * done, so all wait for one reading.
 */
export function oneReading(read: () => Promise<void>): () => Promise<void> {
  let reading: Promise<void> | undefined;
  return () =>
    (reading ??= read().finally(() => {
      reading = undefined;
    }));
}
