import { BUCKET_FIELDS, F } from '@vigil/detection/windows/bucket';
import { BUCKET_BYTES, BUCKET_STRUCT } from './bucket-codec.ts';

/** Flag that stands before a client's buckets in a group's blob: whether its history is wanted. */
export const WANTED = 1;

/** Lua counts from 1. */
const FIRST = F.FIRST_MS + 1;
const LAST = F.LAST_MS + 1;

/**
 * Merges buckets into the clients' histories, unless the batch was merged before, and returns the histories that are wanted.
 * Clients are grouped by hash, one of Redis' commands for all of a group: a key per client would cost Redis several times as much.
 * KEYS: the batch's marker, then for each group the hash of this epoch and that of the one before, which is read where this one
 * does not have a client yet. ARGV: TTL of the marker, ms; then for each group the TTL, how many buckets a client keeps, how many
 * clients there are, their names, and a blob that holds for each client one byte of flags, one byte of how many buckets, and the
 * buckets.
 */
export const MERGE_SCRIPT = `
local SIZE, FMT, unpack_, pack_ = ${BUCKET_BYTES}, '${BUCKET_STRUCT}', struct.unpack, struct.pack
local sub, bor = string.sub, bit.bor

local function merged(a, b)
  local x, y = {unpack_(FMT, a)}, {unpack_(FMT, b)}
  for i = 2, ${FIRST - 1} do x[i] = x[i] + y[i] end
  if y[${FIRST}] < x[${FIRST}] then x[${FIRST}] = y[${FIRST}] end
  if y[${LAST}] > x[${LAST}] then x[${LAST}] = y[${LAST}] end
  for i = ${LAST + 1}, ${BUCKET_FIELDS} do
    if y[i] ~= 0 then x[i] = bor(x[i], y[i]) end
  end
  return pack_(FMT, unpack(x, 1, ${BUCKET_FIELDS}))
end

local function put(value, bucket, keep)
  local period = sub(bucket, 1, 4)
  for at = #value - SIZE + 1, 1, -SIZE do
    if sub(value, at, at + 3) == period then
      return sub(value, 1, at - 1) .. merged(sub(value, at, at + SIZE - 1), bucket) .. sub(value, at + SIZE)
    end
  end
  value = value .. bucket
  if #value <= keep * SIZE then return value end
  local oldest, oldestPeriod = 1, unpack_('<i4', value)
  for at = 1 + SIZE, #value, SIZE do
    local p = unpack_('<i4', value, at)
    if p < oldestPeriod then oldest, oldestPeriod = at, p end
  end
  return sub(value, 1, oldest - 1) .. sub(value, oldest + SIZE)
end

local isNew = redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1])
local a, wantedValues = 2, {}
for k = 2, #KEYS, 2 do
  local ttl, keep, clients = ARGV[a], tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2])
  local first, last = a + 3, a + 2 + clients
  local blob, at = ARGV[last + 1], 1
  local values, older = redis.call('HMGET', KEYS[k], unpack(ARGV, first, last)), nil
  local pairs = {}
  for c = 1, clients do
    local value = values[c]
    if not value then
      older = older or redis.call('HMGET', KEYS[k + 1], unpack(ARGV, first, last))
      value = older[c] or ''
    end
    local flags, count = string.byte(blob, at, at + 1)
    local stop = at + 1 + count * SIZE
    if isNew then
      if #value % SIZE ~= 0 then value = '' end
      for b = at + 2, stop, SIZE do value = put(value, sub(blob, b, b + SIZE - 1), keep) end
      pairs[2 * c - 1], pairs[2 * c] = ARGV[first + c - 1], value
    end
    if flags == ${WANTED} then wantedValues[#wantedValues + 1] = value end
    at = stop + 1
  end
  if isNew then
    redis.call('HSET', KEYS[k], unpack(pairs))
    redis.call('PEXPIRE', KEYS[k], ttl)
  end
  a = last + 2
end
return wantedValues
`;
