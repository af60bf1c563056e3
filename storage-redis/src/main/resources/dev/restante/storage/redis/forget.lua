#!lua flags=allow-oom
-- Removes the record of a transaction.
--
-- KEYS: decisions; cells
-- ARGV: transaction
-- Returns 1, or 0 if there was none

redis.call('HDEL', KEYS[2], ARGV[1])
return redis.call('HDEL', KEYS[1], ARGV[1])
