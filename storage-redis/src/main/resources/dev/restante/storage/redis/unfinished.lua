#!lua flags=allow-oom
-- Transactions that have a record.
--
-- KEYS: cells
-- ARGV: the most to return
-- Returns for each: transaction, cells

local found = {}
for i, transaction in ipairs(redis.call('HKEYS', KEYS[1])) do
  if i > tonumber(ARGV[1]) then
    break
  end
  found[#found + 1] = transaction
  found[#found + 1] = redis.call('HGET', KEYS[1], transaction)
end
return found
