#!lua flags=allow-oom
-- KEYS: remembered submits
-- ARGV: their fields, 1,000 at most
-- Returns the values (nil where there is none)

return redis.call('HMGET', KEYS[1], unpack(ARGV))
