#!lua flags=allow-oom
-- Decides a transaction that is pending. It writes what is so in any case, so that whoever waits for replicas behind it
-- waits for that, too.
--
-- KEYS: decisions
-- ARGV: transaction, what is wanted (C committed, A aborted)
-- Returns what is so afterwards; '' if there is no record

local found = redis.call('HGET', KEYS[1], ARGV[1])
if not found then
  return ''
end
local decided = found == 'P' and ARGV[2] or found
redis.call('HSET', KEYS[1], ARGV[1], decided)
return decided
