#!lua
-- Makes the record of a transaction, pending.
--
-- KEYS: decisions; cells
-- ARGV: transaction, its cells
-- Returns 1

redis.call('HSET', KEYS[1], ARGV[1], 'P')
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return 1
