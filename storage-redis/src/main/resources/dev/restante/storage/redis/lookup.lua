#!lua flags=allow-oom
-- KEYS: hashes
-- ARGV: a field of each
-- Returns the values (nil where there is none)

local found = {}
for i, hash in ipairs(KEYS) do
  found[i] = redis.call('HGET', hash, ARGV[i])
end
return found
