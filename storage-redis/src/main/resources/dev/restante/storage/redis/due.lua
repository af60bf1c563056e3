#!lua flags=allow-oom
-- Whether a sweep would find anything here.
--
-- KEYS: the index by which submits expire
-- ARGV: now
-- Returns 1 or 0

return #redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 1)
