#!lua flags=allow-oom
-- Does what settle.lua does in cells that have one tag, where intents are such as take_rows.lua leaves, or are given up.
--
-- KEYS: the submits remembered, the index by which they expire; the intents of the cells, their rows
-- ARGV: transaction, whether it is committed ('1' or '0')
-- Returns for each cell 1, 0 if there was no intent of it, -1 to be settled by settle.lua

local MOST = 1000

local call = redis.call
local cells = #KEYS / 2 - 1
local answers, intents, settled = {}, {}, {}
local room = MOST
for cell = 1, cells do
  local asked = call('LRANGE', KEYS[2 + cell], 0, -1)
  local answer = asked[#asked] == ARGV[1] and 1 or 0
  if answer == 1 and ARGV[2] == '1' then
    local logs, inboxes, _, records, guards = struct.unpack('>I4I4I4I4I4', asked[1])
    local usual = logs + inboxes == 1 and records + guards == 0 and #asked < room
    if usual and struct.unpack('>I4', asked[1], STREAMS + 8) % 4 == 0 then
      room = room - #asked
      intents[cell] = asked
    else
      answer = -1
    end
  end
  if answer == 1 then
    settled[#settled + 1] = KEYS[2 + cell]
  end
  answers[cell] = answer
end
local submits, spans = {}, {}
for cell, asked in pairs(intents) do
  local lots, at = struct.unpack('>I4', asked[1], 9), 2 + struct.unpack('>I4', asked[1], STREAMS + 8) / 4
  local rows = KEYS[2 + cells + cell]
  if call('RPUSHX', rows, unpack(asked, 2, at - 1)) == 0 then
    call('RPUSH', rows, FRESH, unpack(asked, 2, at - 1))
  end
  for lot = 1, lots do
    local high, low, count = struct.unpack('>I4I4I4', asked[1], STREAMS + 12 * lot)
    local span = high ~= NEVER and string.format('%.0f', high * TWO32 + low)
    if span and not spans[span] then
      spans[span] = {}
    end
    for _ = 1, count do
      submits[#submits + 1] = asked[at]
      submits[#submits + 1] = asked[at + 1]
      if span then
        local fields = spans[span]
        fields[#fields + 1] = asked[at]
      end
      at = at + 2
    end
  end
end
if #submits > 0 then
  call('HSET', KEYS[1], unpack(submits))
end
for span, fields in pairs(spans) do
  if call('RPUSH', KEYS[2] .. ':' .. span, unpack(fields)) == #fields then
    call('ZADD', KEYS[2], tonumber(span) * SPAN_MILLIS, span)
  end
end
if #settled > 0 then
  call('DEL', unpack(settled))
end
return answers
