import type { ServerResponse } from 'node:http';

/**
 * Destroys a response whose client does not take within `stallMaxMs` what was written, or within up to twice as long. Times when there is
 * nothing to take do not count. A timeout of the socket would be put off by every byte, and a client with a small buffer takes few.
 * @returns what the caller clears once the response is done
 */
export function giveUpSlow(response: ServerResponse, stallMaxMs: number): NodeJS.Timeout {
  let hasTaken = false;
  let hadToTake = false;
  response.on('drain', () => (hasTaken = true));
  return setInterval(() => {
    const hasToTake = response.writableNeedDrain || response.writableEnded;
    if (hasToTake && hadToTake && !hasTaken) response.destroy();
    hadToTake = hasToTake;
    hasTaken = false;
  }, stallMaxMs);
}
