/**
 * What `work` answers, where it does so in time: a peer that is stopped or cut off refuses nothing and answers nothing. The work itself
 * goes on.
 * @throws Error where there is no answer within `maxMs`, or whatever `work` throws
 */
export function answerWithin<T>(work: () => T | Promise<T>, maxMs: number): Promise<T> {
  return within(Promise.try(work), maxMs, () => {
    throw new Error(`no answer within ${maxMs} ms`);
  });
}

/** What a promise comes to, or what `late` gives or throws where it has come to nothing after `maxMs`. */
export async function within<T, L>(promise: Promise<T>, maxMs: number, late: () => L): Promise<T | L> {
  const end = Promise.withResolvers<void>();
  const timer = setTimeout(() => end.resolve(), maxMs);
  try {
    return await Promise.race([promise, end.promise.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}
