#!lua flags=allow-oom
-- KEYS: log
-- ARGV: from, to, descending ('1' or '0'), most rows, most bytes, whether the first row comes whatever its size ('1' or
--       '0'), rows and bytes after which the caller asks again
-- Returns floor, how it ended (0 the range was read, 1 at a limit, 2 ask again), number of the first row, rows

local DONE, LIMIT, AGAIN = 0, 1, 2
local list = KEYS[1]
local descending = ARGV[3] == '1'
local most_rows, most_bytes, forced = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6] == '1'
local enough_rows, enough_bytes = tonumber(ARGV[7]), tonumber(ARGV[8])

local base, floor, head = stream(list)
local low, high = math.max(tonumber(ARGV[1]), base + 1), math.min(tonumber(ARGV[2]), head)
local left = high - low + 1
local found = {floor, DONE, descending and high or low}
local rows, bytes, chunk = 0, 0, 16

while left > 0 do
  local lot = math.min(chunk, left)
  local from = descending and high - base - rows - lot + 1 or low - base + rows
  local got = redis.call('LRANGE', list, from, from + lot - 1)
  local before = bytes
  for i = 1, lot do
    local row = got[descending and lot + 1 - i or i]
    local size = #row - 1 - string.byte(row, 1)
    if rows == most_rows or (bytes + size > most_bytes and not (forced and rows == 0)) then
      found[2] = LIMIT
      return found
    end
    if rows == enough_rows or (bytes >= enough_bytes and rows > 0) then
      found[2] = AGAIN
      return found
    end
    rows = rows + 1
    bytes = bytes + size
    found[rows + 3] = row
  end
  left = left - lot
  chunk = bytes - before < 65536 and math.min(chunk * 2, 512) or 16
end
return found
