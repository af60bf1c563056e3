#!lua flags=allow-oom
-- Rows of a log by their numbers, up to the first that does not fit any more, and with it.
--
-- KEYS: log
-- ARGV: most bytes of payload, numbers
-- Returns the rows (nil where there is none), as many as were looked at

local list = KEYS[1]
local most = tonumber(ARGV[1])
local base, _, head = stream(list)
local found, bytes = {}, 0
for i = 2, #ARGV do
  local seq = tonumber(ARGV[i])
  local row = seq > base and seq <= head and redis.call('LINDEX', list, seq - base)
  found[#found + 1] = row
  if row then
    bytes = bytes + #row - 1 - string.byte(row, 1)
    if bytes > most then
      break
    end
  end
end
return found
