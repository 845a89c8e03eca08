/**
 * What `work` answers, if it does so in time: a peer that is stopped or cut off neither refuses nor answers. The work itself goes on.
 * @throws Error where there is no answer within `maxMs`, or whatever `work` throws
 */
export function answerWithin<T>(work: () => T | Promise<T>, maxMs: number): Promise<T> {
  return within(Promise.try(work), maxMs, () => {
    throw new Error(`no answer within ${maxMs} ms`);
  });
}

/** What a promise settles to, or what `late` returns or throws if it has not settled after `maxMs`. */
export async function within<T, L>(promise: Promise<T>, maxMs: number, late: () => L): Promise<T | L> {
  const end = Promise.withResolvers<void>();
  const timer = setTimeout(() => end.resolve(), maxMs);
  try {
    return await Promise.race([promise, end.promise.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}
