/**
 * Ends what a clock of Redis that was ahead has made last longer than BullMQ ever does: the lock of a job at hand, which whoever was
 * killed leaves behind, and the mark by which workers agree on who looks for such jobs. Returns the jobs that are to be tried again
 * later than ever meant, as where the clock of the worker was ahead.
 * KEYS: the mark, the jobs at hand, those that wait to be tried again. ARGV: what the keys of jobs begin with, the longest that a mark
 * and a lock last, ms, and BullMQ's score of the latest time at which a job is to be tried again.
 */
export const OVERLONG_SCRIPT = `
local function shorten(key, longest)
  if redis.call('PTTL', key) > tonumber(longest) then redis.call('PEXPIRE', key, longest) end
end
shorten(KEYS[1], ARGV[2])
for _, id in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do shorten(ARGV[1] .. id .. ':lock', ARGV[3]) end
return redis.call('ZRANGEBYSCORE', KEYS[3], '(' .. ARGV[4], '+inf', 'LIMIT', 0, 1000)
`;
