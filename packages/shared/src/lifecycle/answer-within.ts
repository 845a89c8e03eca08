/**
 * What `work` answers, where it does so in time: a peer that is stopped or cut off refuses nothing and answers nothing. The work itself
 * goes on.
 * @throws Error where there is no answer within `maxMs`, or whatever `work` throws
 */
export async function answerWithin<T>(work: () => T | Promise<T>, maxMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${maxMs} ms`)), maxMs);
  try {
    return await Promise.race([Promise.try(work), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
