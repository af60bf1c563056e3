#!lua flags=allow-oom
-- Removes expired submits, those of one span of time in one turn. It makes room, so it runs when there is none.
--
-- KEYS: remembered submits; the index by which they expire
-- ARGV: now, now in 8 bytes, most submits (1,000 or less), how many that the last turn left (0 in the first one)
-- Returns submits removed, whether to ask again (1 or 0), how many were left

local remembered, index, now, most, left = KEYS[1], KEYS[2], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])

local due = redis.call('ZRANGEBYSCORE', index, '-inf', ARGV[1], 'LIMIT', 0, 1)
if not due[1] then
  return {0, 0, 0}
end
local span = tonumber(due[1])
local list = list_of(index, span)
reach(list)
local length = redis.call('LLEN', list)
if length == 0 then
  -- The sweep that emptied it was broken off.
  redis.call('ZREM', index, due[1])
  return {0, 1, 0}
end
-- What is not due yet goes behind the others, so it is met again when all of the span was looked at.
local lot = math.min(most, length - left)
if lot <= 0 then
  return {0, 0, left}
end
local fields = redis.call('LRANGE', list, 0, lot - 1)
local expired, later = {}, {}
for i, value in ipairs(redis.call('HMGET', remembered, unpack(fields))) do
  if value and not less8(now, value) then
    expired[#expired + 1] = fields[i]
  elseif value and math.floor(unpack8(value, 1) / SPAN_MILLIS) == span then
    -- What was remembered anew, for longer, is in the list of another span, too.
    later[#later + 1] = fields[i]
  end
end
local removed = #expired > 0 and redis.call('HDEL', remembered, unpack(expired)) or 0
if #later > 0 then
  redis.call('RPUSH', list, unpack(later))
elseif lot == length then
  redis.call('ZREM', index, due[1])
end
-- The last of it: while the slot moves, a list that has gone can be reached no more.
redis.call('LPOP', list, lot)
return {removed, 1, left + #later}
