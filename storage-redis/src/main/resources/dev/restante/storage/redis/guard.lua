#!lua flags=allow-oom
-- Looks at records that a commit is guarded on, in cells that have one tag, and leaves nothing. An intent that changes one
-- of them stands in the way.
--
-- KEYS: the intents of the cells, the hashes of their records
-- ARGV: for each cell: how many guards; for each of these: field, version
-- Returns for each cell 4 if they hold, 3 if not; or the transaction whose intent is in the cell

local call = redis.call
local ABSENT = pack8(0)

-- Whether an intent changes what is guarded.
local function changes(intent, from, to)
  local asked = call('LINDEX', intent, 0)
  if not asked then
    return false
  end
  local logs, inboxes, lots, records = struct.unpack('>I4I4I4I4', asked)
  local at = 1
  for i = 0, logs + inboxes + lots - 1 do
    local count = struct.unpack('>I4', asked, STREAMS + 12 * i + 8)
    at = at + (i < logs + inboxes and math.floor(count / 4) or 2 * count)
  end
  for i = 0, records - 1 do
    local field = call('LINDEX', intent, at + 5 * i)
    for guard = from, to, 2 do
      if field == ARGV[guard] then
        return true
      end
    end
  end
  return false
end

local cells = #KEYS / 2
local free = call('EXISTS', unpack(KEYS, 1, cells)) == 0
local answers = {}
local at = 1
for cell = 1, cells do
  local from, to = at + 1, at + 2 * tonumber(ARGV[at])
  local answer = 4
  if not free and changes(KEYS[cell], from, to) then
    answer = call('LINDEX', KEYS[cell], -1)
  else
    for guard = from, to, 2 do
      local found = call('HGET', KEYS[cells + cell], ARGV[guard])
      if (found and string.sub(found, 1, 8) or ABSENT) ~= ARGV[guard + 1] then
        answer = 3
      end
    end
  end
  answers[cell] = answer
  at = to + 1
end
return answers
