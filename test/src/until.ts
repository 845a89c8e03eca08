import { waitUntil } from '@vigil/dev-services/wait-until';

/** Waits for a condition; where it does not come true in time the error says what was seen last. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
  seen?: () => unknown,
): Promise<void> {
  const check = async (): Promise<true> => {
    if (await condition()) return true;
    throw new Error(seen === undefined ? 'it is not so' : `last seen: ${JSON.stringify(seen())}`);
  };
  await waitUntil(check, { timeoutMs, what });
}
