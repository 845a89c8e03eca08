import { setTimeout as delay } from 'node:timers/promises';

/** Waits for a condition; where it does not come true in time the error says what was seen last. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
  seen: () => unknown = () => '',
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}; last seen: ${JSON.stringify(seen())}`);
    await delay(25);
  }
}
