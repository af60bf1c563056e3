#!lua flags=allow-oom
-- Does what settle.lua does in cells that have one tag, where intents are such as take_rows.lua leaves, or are given up.
-- Rows that are there already are not appended again: should this ever have been broken off half-way, it may be repeated.
--
-- KEYS: the submits remembered, the index by which they expire; the intents of the cells, their rows
-- ARGV: transaction, whether it is committed ('1' or '0')
-- Returns for each cell 1, 0 if there was no intent of it, -1 to be settled by settle.lua

local MOST, MOST_BYTES = 1000, 1048576

local call = redis.call

-- How many rows an intent has, if it is one that take_rows leaves.
local function rows_alone(numbers)
  local logs, inboxes, _, records, guards = struct.unpack('>I4I4I4I4I4', numbers)
  local shape = logs + inboxes == 1 and records + guards == 0 and struct.unpack('>I4', numbers, STREAMS + 8)
  return shape and shape % 4 == 0 and shape / 4
end

local cells = #KEYS / 2 - 1
local committed = ARGV[2] == '1'
local answers, intents, settled, counts = {}, {}, {}, {}
local room, bytes = MOST, MOST_BYTES
for cell = 1, cells do
  local answer = call('LINDEX', KEYS[2 + cell], -1) == ARGV[1] and 1 or 0
  if answer == 1 and committed then
    -- Of other things than rows it may be as large as a commit: what was read counts, whatever it is.
    local asked = bytes > 0 and call('LRANGE', KEYS[2 + cell], 0, room) or {}
    for _, each in ipairs(asked) do
      bytes = bytes - #each
    end
    local count = #asked > 0 and #asked < room and rows_alone(asked[1])
    answer = -1
    if count then
      answer = 1
      intents[cell], counts[cell] = asked, count
      room = room - #asked
    end
  end
  if answer == 1 then
    settled[#settled + 1] = KEYS[2 + cell]
  end
  answers[cell] = answer
end

local submits, spans = {}, {}
local repeated = false
local headers = {}
for cell, asked in pairs(intents) do
  local count = counts[cell]
  local _, _, head, header = stream(KEYS[2 + cells + cell])
  local high, low = struct.unpack('>I4I4', asked[1], STREAMS)
  local before = high * TWO32 + low
  headers[cell] = header
  if head ~= before then
    -- It was broken off, or somebody wrote to Redis by hand.
    counts[cell] = 0
    repeated = repeated or head == before + count
  end
  if head == before or head == before + count then
    local at = 2 + count
    for lot = 1, struct.unpack('>I4', asked[1], 9) do
      local span_high, span_low, lot_count = struct.unpack('>I4I4I4', asked[1], STREAMS + 12 * lot)
      local span = span_high ~= NEVER and list_of(KEYS[2], span_high * TWO32 + span_low)
      if span and not spans[span] then
        reach(span)
        spans[span] = {number = span_high * TWO32 + span_low}
      end
      for _ = 1, lot_count do
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
end

for cell, asked in pairs(intents) do
  local count, rows = counts[cell], KEYS[2 + cells + cell]
  if count > 0 and headers[cell] then
    call('RPUSH', rows, unpack(asked, 2, 1 + count))
  elseif count > 0 then
    call('RPUSH', rows, FRESH, unpack(asked, 2, 1 + count))
  end
end
if #submits > 0 then
  call('HSET', KEYS[1], unpack(submits))
end
for span, fields in pairs(spans) do
  if call('RPUSH', span, unpack(fields)) == #fields or repeated then
    call('ZADD', KEYS[2], fields.number * SPAN_MILLIS, string.format('%.0f', fields.number))
  end
end
if #settled > 0 then
  call('DEL', unpack(settled))
end
return answers
