import { BUCKET_FIELDS, F, MINUTES_KEPT, SLOW_PERIODS_KEPT } from '@vigil/detection/windows/bucket';
import { BUCKET_BYTES, BUCKET_STRUCT } from './bucket-codec.ts';

/** Flags that stand before each key's buckets in the script's blob. */
export const WANTED = 1;
export const SLOW = 2;

/** Lua counts from 1. */
const FIRST = F.FIRST_MS + 1;
const LAST = F.LAST_MS + 1;

/**
 * Merges buckets into the clients' keys, unless the batch was merged before, and returns the values of the keys that are wanted.
 * KEYS: the batch's marker, then one key per client and kind. ARGV: TTL of the marker, the minutes and the slow buckets, ms; then
 * a blob that holds for each key one byte of flags, one byte of how many buckets, and the buckets.
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
local blob, at, wantedValues = ARGV[4], 1, {}
for k = 2, #KEYS do
  local flags, count = string.byte(blob, at, at + 1)
  local first, last = at + 2, at + 1 + count * SIZE
  local wanted, slow = flags % 2 == 1, flags >= ${SLOW}
  local value
  if isNew then
    value = redis.call('GET', KEYS[k])
    if not value or #value % SIZE ~= 0 then value = '' end
    local keep = slow and ${SLOW_PERIODS_KEPT} or ${MINUTES_KEPT}
    for b = first, last, SIZE do value = put(value, sub(blob, b, b + SIZE - 1), keep) end
    redis.call('SET', KEYS[k], value, 'PX', slow and ARGV[3] or ARGV[2])
  elseif wanted then
    value = redis.call('GET', KEYS[k]) or ''
  end
  if wanted then wantedValues[#wantedValues + 1] = value end
  at = last + 1
end
return wantedValues
`;
