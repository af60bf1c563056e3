-- Messages by hand, or nothing: heads and submits are looked at, as the keys of a table in SQL would be.
-- KEYS: logs; inboxes; remembered submits (hash); their expiry (zset)
-- ARGV: heads and counts of rows of each stream, 4 bytes each; rows; fields and values of submits; expiry; its member
local call, push = redis.call, {}
local streams, numbers = #KEYS - 2, ARGV[1]
for i = 1, streams do
  if call('LLEN', KEYS[i]) ~= struct.unpack('>I4', numbers, 8 * i - 7) then
    return 1
  end
end
local at = 2
for i = 1, streams do
  at = at + struct.unpack('>I4', numbers, 8 * i - 3)
end
local remembered = {}
for i = at, #ARGV - 2, 2 do
  remembered[#remembered + 1] = ARGV[i]
end
if #remembered > 0 then
  for _, found in ipairs(call('HMGET', KEYS[streams + 1], unpack(remembered))) do
    if found then
      return 2
    end
  end
end
local row = 2
for i = 1, streams do
  local rows = struct.unpack('>I4', numbers, 8 * i - 3)
  if rows == 1 then
    call('RPUSH', KEYS[i], ARGV[row])
  else
    call('RPUSH', KEYS[i], unpack(ARGV, row, row + rows - 1))
  end
  row = row + rows
end
if #remembered > 0 then
  call('HSET', KEYS[streams + 1], unpack(ARGV, at, #ARGV - 2))
  call('ZADD', KEYS[streams + 2], ARGV[#ARGV - 1], ARGV[#ARGV])
end
return 0
