#!lua flags=allow-oom
-- Removes expired dedup rows. It makes room, so it runs when there is none.
--
-- KEYS: index of logs by the least expiry among their rows (or less)
-- ARGV: now, most rows, most logs, start of the keys of hashes and of zsets, end of both
-- Returns rows removed, whether to ask again (1 or 0)

local index, now = KEYS[1], ARGV[1]
local most_rows, most_logs = tonumber(ARGV[2]), tonumber(ARGV[3])
local removed = 0

for _, log in ipairs(redis.call('ZRANGEBYSCORE', index, '-inf', now, 'LIMIT', 0, most_logs)) do
  local hash, order = ARGV[4] .. log .. ARGV[6], ARGV[5] .. log .. ARGV[6]
  if removed < most_rows then
    local due = redis.call('ZRANGEBYSCORE', order, '-inf', now, 'LIMIT', 0, most_rows - removed)
    for _, field in ipairs(due) do
      redis.call('HDEL', hash, field)
      redis.call('ZREM', order, field)
    end
    removed = removed + #due
  end
  local next = redis.call('ZRANGE', order, 0, 0, 'WITHSCORES')
  if next[1] then
    redis.call('ZADD', index, next[2], log)
  else
    redis.call('ZREM', index, log)
  end
end
return {removed, #redis.call('ZRANGEBYSCORE', index, '-inf', now, 'LIMIT', 0, 1)}
