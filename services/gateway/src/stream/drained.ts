import { setTimeout as delay } from 'node:timers/promises';

/** A client that resumes and takes nothing for this long is slow. */
const DRAIN_TIMEOUT_MS = 30_000;
/** Neither kind of connection says when it holds less than a number of bytes. */
const DRAIN_POLL_MS = 10;

/** `StreamSink.drained` of a connection by what it tells of itself. */
export async function drained(bytes: number, bufferedBytes: () => number, isOpen: () => boolean): Promise<boolean> {
  const deadline = performance.now() + DRAIN_TIMEOUT_MS;
  while (bufferedBytes() > bytes) {
    if (!isOpen() || performance.now() > deadline) return false;
    await delay(DRAIN_POLL_MS);
  }
  return isOpen();
}
