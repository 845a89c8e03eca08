/** Flag of a client whose history is wanted. */
export const WANTED = 1;

/** A history begins with the length of its records that were compacted last, little-endian; what came since stands behind them. */
export const HEADER_BYTES = 2;
/** A history is to be compacted when what came since is longer than the compacted part by this much. */
const LOOSE_BYTES_MAX = 512;

/**
 * Appends records to the clients' histories, unless the batch was taken in before, and returns the histories that are wanted and
 * those that are to be compacted. Redis only appends: taking records apart costs its one thread twenty times what it costs a scorer.
 * Clients are grouped by hash, one of Redis' commands for all of a group: a key per client would cost Redis several times as much.
 *
 * KEYS: the batch's marker, then for each group the hash of this epoch and that of the one before, which is only read.
 * ARGV: TTL of the marker, ms; a blob; then for each group the TTL and how many clients there are.
 * Blob, for each client: length of its name (1 byte), name, flags (1), length of its records (2), records.
 * Returns: for each wanted client its history of this epoch and of the one before; then, for each history that is to be compacted,
 * the number of its key in KEYS, the client's name and the history. The first value says how many wanted ones there are.
 */
export const MERGE_SCRIPT = `
local byte, sub = string.byte, string.sub
local isNew = redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1])
local blob, at, a = ARGV[2], 1, 3
local wanted, long = {}, {}
for k = 2, #KEYS, 2 do
  local ttl, clients = ARGV[a], tonumber(ARGV[a + 1])
  local names, flags, records = {}, {}, {}
  for c = 1, clients do
    local nameEnd = at + byte(blob, at)
    names[c] = sub(blob, at + 1, nameEnd)
    local flag, low, high = byte(blob, nameEnd + 1, nameEnd + 3)
    flags[c], at = flag, nameEnd + 4 + low + 256 * high
    records[c] = sub(blob, nameEnd + 4, at - 1)
  end
  local values = redis.call('HMGET', KEYS[k], unpack(names))
  local pairs, asked = {}, {}
  for c = 1, clients do
    local value = values[c] or '\\0\\0'
    if isNew then
      value = value .. records[c]
      pairs[2 * c - 1], pairs[2 * c] = names[c], value
    end
    if flags[c] == ${WANTED} then
      wanted[#wanted + 1] = value
      wanted[#wanted + 1] = ''
      asked[#asked + 1] = names[c]
    end
    local size = #value
    if size > ${LOOSE_BYTES_MAX} then
      local low, high = byte(value, 1, 2)
      if size > 2 * (low + 256 * high) + ${LOOSE_BYTES_MAX} then
        local n = #long
        long[n + 1], long[n + 2], long[n + 3] = k, names[c], value
      end
    end
  end
  if #asked > 0 then
    local first = #wanted - 2 * #asked
    for i, value in ipairs(redis.call('HMGET', KEYS[k + 1], unpack(asked))) do wanted[first + 2 * i] = value or '' end
  end
  if isNew then
    redis.call('HSET', KEYS[k], unpack(pairs))
    redis.call('PEXPIRE', KEYS[k], ttl)
  end
  a = a + 2
end
return {#wanted / 2, wanted, long}
`;

/**
 * Puts compacted histories in the place of those they were made from, unless somebody else did; what was appended meanwhile stays.
 * KEYS: the hash of each. ARGV, for each: the client's name, the history that was compacted, and the compacted one.
 */
export const COMPACT_SCRIPT = `
for k = 1, #KEYS do
  local name, old, new = ARGV[3 * k - 2], ARGV[3 * k - 1], ARGV[3 * k]
  local value = redis.call('HGET', KEYS[k], name)
  if value and string.sub(value, 1, #old) == old then
    redis.call('HSET', KEYS[k], name, new .. string.sub(value, #old + 1))
  end
end
`;
