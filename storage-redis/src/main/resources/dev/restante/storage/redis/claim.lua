#!lua flags=allow-oom
-- Gives whoever was outrun the streams alone for a while, or takes them from him.
--
-- KEYS: the claim
-- ARGV: who asks; for how many milliseconds, 0 to give it back
-- Returns 1 if he has it now, 0 if not

local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return 0
end
if ARGV[2] == '0' then
  redis.call('DEL', KEYS[1])
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
