#!lua flags=allow-oom
-- Takes a transaction's intent out of a cell, and makes it content if the transaction is committed. What was checked when
-- it was left is so still, or this was broken off, and goes on. If somebody wrote rows to Redis by hand nothing is written,
-- and the head tells.
--
-- KEYS: as in cell.lua
-- ARGV: transaction, whether it is committed ('1' or '0')
-- Returns 1, or 0 if there was no intent of it

if taken_by(KEYS[1]) ~= ARGV[1] then
  return 0
end
if ARGV[2] == '1' then
  local asked = redis.call('LRANGE', KEYS[1], 0, -2)
  local _, write = look(keys_of(asked[1]), asked, true)
  if write then
    write()
  end
end
redis.call('DEL', KEYS[1])
return 1
