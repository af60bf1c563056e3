-- What the scripts have in common. It is put behind the first line of each of them.
--
-- A stream is a list. Element 0 is its header, element i is the row with the number base + i; an empty element is the
-- hole that compaction left. Numbers are dense, so a stream's own numbers never come near 2^53, from where on Lua's
-- numbers are inexact. All other numbers stay byte strings: big-endian, 8 bytes, compared as two halves.

local TWO32 = 4294967296
local FRESH = '\0'

-- Where the streams begin in the numbers that commit.lua is handed; 12 bytes for each, and then as many for each lot of submits.
local STREAMS = 29

local function pack8(n)
  return struct.pack('>I4I4', math.floor(n / TWO32), n % TWO32)
end

local function unpack8(bytes, at)
  local high, low = struct.unpack('>I4I4', bytes, at)
  return high * TWO32 + low
end

-- Whether one 8-byte number is less than another. Lua's own order of strings depends on the server's locale.
local function less8(a, b)
  local a1, a2 = struct.unpack('>I4I4', a)
  local b1, b2 = struct.unpack('>I4I4', b)
  return a1 < b1 or (a1 == b1 and a2 < b2)
end

-- A header is a zero byte; behind it, once rows have gone: floor, base, and the meta of the last log row removed.
local function header_of(floor, base, meta)
  return FRESH .. pack8(floor) .. pack8(base) .. meta
end

-- Base, floor, head and header; the header is false where there is no stream.
local function stream(key)
  local header = redis.call('LINDEX', key, 0)
  if not header then
    return 0, 0, 0, false
  end
  local base, floor = 0, 0
  if #header > 1 then
    floor = unpack8(header, 2)
    base = unpack8(header, 10)
  end
  return base, floor, base + redis.call('LLEN', key) - 1, header
end

-- The meta of a log row, with the byte that tells its length.
local function meta_of(row)
  return string.sub(row, 1, 1 + string.byte(row, 1))
end

-- Of an inbox row: name of the log and number referred to (nil if none), compaction key (nil if none), payload bytes.
-- A number above 2^53 comes out inexact, and far above any row there is.
local function parse_inbox(row)
  local flags = string.byte(row, 1)
  local at = 4
  local name, seq, key
  if bit.band(flags, 4) ~= 0 then
    at = 6
  end
  if bit.band(flags, 1) ~= 0 then
    local length = struct.unpack('>I2', row, at)
    name = string.sub(row, at + 2, at + 1 + length)
    at = at + 2 + length
    local bytes = string.byte(row, at)
    seq = 0
    for i = at + 1, at + bytes do
      seq = seq * 256 + string.byte(row, i)
    end
    at = at + 1 + bytes
  end
  if bit.band(flags, 2) ~= 0 then
    local length = string.byte(row, at)
    key = string.sub(row, at + 1, at + length)
    at = at + 1 + length
  end
  return name, seq, key, #row - at + 1
end

-- Submits that expire within the same so many milliseconds are gathered in one list. The index has the number of each
-- such span, by the moment when it begins.
local SPAN_MILLIS = 8192
local NEVER = TWO32 - 1

local function list_of(index, span)
  return index .. ':' .. string.format('%.0f', span)
end

-- Looks for a key that the script made itself, before the first write. Of a slot that moves such a key may be at the new place
-- already, or be made there only; a script that met that half-way would leave half of what it does. The keys that are handed
-- in Redis looks for before the script begins.
local function reach(key)
  local found = redis.pcall('EXISTS', key)
  if type(found) == 'table' then
    if string.sub(found.err, 1, 4) == 'ERR ' then
      found = {err = 'TRYAGAIN the slot of ' .. key .. ' is on the move'}
    end
    error(found)
  end
end
