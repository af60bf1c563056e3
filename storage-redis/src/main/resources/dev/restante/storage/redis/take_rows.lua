#!lua
-- Leaves intents in cells that have one tag and are asked for the usual alone: rows with the next numbers, none of which
-- compacts, and submits. Each is as take.lua leaves it; whatever is unusual is left to that.
--
-- KEYS: the submits remembered, the index by which they expire; the intents of the cells, their rows
-- ARGV: for each cell: how many there are of it, arguments as in commit.lua, the transaction
-- Returns for each cell 0 taken, 1 head, -1 to be taken by take.lua; or the transaction whose intent is in the cell

local call = redis.call
local cells = #KEYS / 2 - 1
local free = call('EXISTS', unpack(KEYS, 3, 2 + cells)) == 0
local answers, froms, tos = {}, {}, {}
local fields, owners = {}, {}
local at = 1
for cell = 1, cells do
  local from = at + 1
  at = from + tonumber(ARGV[at])
  froms[cell], tos[cell] = from, at - 1
  local answer = not free and call('LINDEX', KEYS[2 + cell], -1)
  if not answer then
    local rows = KEYS[2 + cells + cell]
    local high, low, shape = struct.unpack('>I4I4I4', ARGV[from], STREAMS)
    local header = call('LINDEX', rows, 0)
    local head = 0
    if header then
      head = call('LLEN', rows) - 1
      if #header > 1 then
        head = head + unpack8(header, 10)
      end
    end
    answer = head == high * TWO32 + low and 0 or 1
    for i = from + 1 + shape / 4, at - 2, 2 do
      fields[#fields + 1] = ARGV[i]
      owners[#owners + 1] = cell
    end
  end
  answers[cell] = answer
end
if #fields > 0 then
  for i, known in ipairs(call('HMGET', KEYS[1], unpack(fields))) do
    if known and answers[owners[i]] == 0 then
      answers[owners[i]] = -1
    end
  end
  call('ZCARD', KEYS[2])
end
for cell, answer in ipairs(answers) do
  if answer == 0 then
    call('RPUSH', KEYS[2 + cell], unpack(ARGV, froms[cell], tos[cell]))
  end
end
return answers
