#!lua flags=allow-oom
-- Removes the oldest rows of one stream and raises its floor. It makes room, so it runs when there is none.
--
-- KEYS: stream, compaction keys of the inbox (none for a log)
-- ARGV: through, most rows, elements (holes too) after which the caller asks again
-- Returns floor, rows removed, whether to ask again (1 or 0)

local list, keys = KEYS[1], KEYS[2]
local most_rows, enough = tonumber(ARGV[2]), tonumber(ARGV[3])
local base, floor, head, header = stream(list)
local target = math.min(tonumber(ARGV[1]), head)
if target <= floor then
  return {floor, 0, 0}
end

local CHUNK = 128
local position, removed, scanned, again = base, 0, 0, 0
local reached, last = floor, nil
local stopped = false
local gone = {}

while position < target and not stopped do
  local lot = math.min(CHUNK, target - position)
  local got = redis.call('LRANGE', list, position - base + 1, position - base + lot)
  for _, row in ipairs(got) do
    if scanned == enough then
      reached, again, stopped = position, 1, true
      break
    end
    if row ~= '' then
      if removed == most_rows then
        stopped = true
        break
      end
      removed = removed + 1
      reached = position + 1
      last = row
      if keys then
        local _, _, compaction = parse_inbox(row)
        if compaction then
          gone[#gone + 1] = {compaction, position + 1}
        end
      end
    end
    position = position + 1
    scanned = scanned + 1
  end
end
if not stopped then
  reached = target
end

-- A key whose row goes is forgotten, unless a newer row has it.
for _, one in ipairs(gone) do
  if tonumber(redis.call('HGET', keys, one[1]) or 0) == one[2] then
    redis.call('HDEL', keys, one[1])
  end
end
local meta = string.sub(header, 18)
if last and not keys then
  meta = meta_of(last)
end
if position > base then
  redis.call('LTRIM', list, position - base, -1)
end
redis.call('LSET', list, 0, header_of(math.max(floor, reached), position, meta))
return {math.max(floor, reached), removed, again}
