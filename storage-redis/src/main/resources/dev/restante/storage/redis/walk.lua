#!lua flags=allow-oom
-- KEYS: any key of the store
-- ARGV: cursor, pattern of all keys, how many keys to look at
-- Returns the cursor to go on with ('0' at the end), then the keys

local answer = redis.call('SCAN', ARGV[1], 'MATCH', ARGV[2], 'COUNT', ARGV[3])
local found = {answer[1]}
for i, key in ipairs(answer[2]) do
  found[i + 1] = key
end
return found
