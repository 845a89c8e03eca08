import type { Redis } from 'ioredis';

type Script = (...args: unknown[]) => Promise<unknown>;

const noNumber = (): number => NaN;

/**
 * Gives BullMQ what a script replies with as a list of its own, for the sake of what stands in it: whole jobs.
 *
 * ioredis assigns functions to each command, and V8 makes such functions where only a full collection looks. They hold on to the command's
 * reply, so that each job would be copied from the young generation to the old one after it was done with.
 *
 * BullMQ asks whether a list is less than 0, for which JavaScript would write all that stands in it into one text, unless it says itself
 * that it is no number.
 */
export function ownReplies(redis: Redis): Redis {
  const scripts = redis as unknown as Record<string, Script>;
  const define = redis.defineCommand.bind(redis);
  redis.defineCommand = (name, definition) => {
    define(name, definition);
    const run = scripts[name]!.bind(redis);
    scripts[name] = async (...args) => takenOut(await run(...args));
  };
  return redis;
}

/** The same list as another object; the one that it was is left empty. */
function takenOut(reply: unknown): unknown {
  if (!Array.isArray(reply)) return reply;
  return Object.defineProperty(reply.splice(0), 'valueOf', { value: noNumber });
}
