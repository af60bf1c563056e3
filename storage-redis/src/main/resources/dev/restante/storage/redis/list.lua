#!lua flags=allow-oom
-- KEYS: hash and zset of a partition's records
-- ARGV: lower and upper end of the fields, most records, bytes after which the caller asks again
-- Returns whether to ask again ('1' or '0'), then for each record: field, value

local enough_bytes = tonumber(ARGV[4])
local fields = redis.call('ZRANGEBYLEX', KEYS[2], ARGV[1], ARGV[2], 'LIMIT', 0, ARGV[3])
local found = {'0'}
local bytes = 0
for _, field in ipairs(fields) do
  if bytes >= enough_bytes then
    found[1] = '1'
    return found
  end
  local value = redis.call('HGET', KEYS[1], field)
  if value then
    bytes = bytes + #value
    found[#found + 1] = field
    found[#found + 1] = value
  end
end
return found
