#!lua flags=allow-oom
-- KEYS: the hash of a partition's records
-- ARGV: cursor, how many records to look at
-- Returns the cursor to go on with ('0' at the end), then the fields

local answer = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
local found = {answer[1]}
for i = 1, #answer[2], 2 do
  found[#found + 1] = answer[2][i]
end
return found
