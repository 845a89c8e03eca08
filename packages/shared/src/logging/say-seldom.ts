import { messageOf } from '../text/message-of.ts';

const AGAIN_AFTER_MS = 60_000;
/** Messages may hold ids, of which there is no end. */
const KNOWN_MAX = 100;

/**
 * A listener for errors that come as often as something is tried: what goes on for long would fill the log with the same record.
 * @param say told each message when it comes first, and a minute later at the earliest when it comes again, whatever comes with it
 * @param now milliseconds of a clock that is never set back
 */
export function saySeldom<E, More extends unknown[]>(
  say: (error: E, ...more: More) => void,
  now = () => performance.now(),
): (error: E, ...more: More) => void {
  const saidMs = new Map<string, number>();
  return (error, ...more) => {
    const message = messageOf(error);
    const lastMs = saidMs.get(message);
    if (lastMs !== undefined && now() - lastMs < AGAIN_AFTER_MS) return;
    if (saidMs.size >= KNOWN_MAX) saidMs.clear();
    saidMs.set(message, now());
    say(error, ...more);
  };
}
