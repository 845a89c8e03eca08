/** Where BullMQ keeps the ids of jobs: in lists, and in sorted sets. */
export const JOB_LISTS = ['wait', 'paused', 'active'] as const;
export const JOB_SETS = ['prioritized', 'delayed', 'failed', 'completed', 'waiting-children'] as const;

/**
 * Forgets those of the jobs that have data and stand nowhere. Redis undoes nothing of a script that fails half-way, as BullMQ's do where a
 * key of the queue is of another type, or where the user may not call one of its commands: the data of a job is then there, so that
 * adding it again, once that is mended, would do nothing and succeed.
 * KEYS: the lists and sets of the queue. ARGV: what the keys of jobs begin with, then their ids. Returns how many were forgotten.
 */
export const FORGET_TORN_SCRIPT = `
local function isHeld(id)
  for k, key in ipairs(KEYS) do
    if redis.call(k <= ${JOB_LISTS.length} and 'LPOS' or 'ZSCORE', key, id) then return true end
  end
  return false
end
local forgotten = 0
for a = 2, #ARGV do
  local key = ARGV[1] .. ARGV[a]
  if redis.call('EXISTS', key) == 1 and not isHeld(ARGV[a]) then forgotten = forgotten + redis.call('DEL', key) end
end
return forgotten
`;
