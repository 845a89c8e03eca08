import { within } from '../lifecycle/answer-within.ts';

/** Less than a scrape waits (Prometheus' default is ten seconds), and as long as a check of readiness. */
const ANSWER_MAX_MS = 2_000;

/**
 * A `collect` for gauges whose values are read together: the registry asks all metrics at once and reads each when its own `collect` is
 * done, so all wait for one reading. They wait two seconds: a server that is cut off answers nothing for long, and would otherwise take
 * all metrics of the process with it, those that tell of it too. The reading goes on, and the scrapes meanwhile wait for it as well.
 * @param late called where the reading has not ended by then
 */
export function oneReading(read: () => Promise<void>, late: () => void = () => undefined): () => Promise<void> {
  let reading: Promise<void> | undefined;
  return () => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return within(reading, ANSWER_MAX_MS, late);
  };
}
