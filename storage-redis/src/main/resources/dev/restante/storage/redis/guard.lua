#!lua flags=allow-oom
-- Looks at records that a commit is guarded on, and leaves nothing. An intent that changes one of them stands in the way.
--
-- KEYS: the cell's intent, the hash of its records
-- ARGV: for each guard: field, version
-- Returns 4 if they hold, 3 if not; or 5 and the transaction whose intent is in the cell

local asked = redis.call('LINDEX', KEYS[1], 0)
if asked then
  local logs, inboxes, lots, records = unpacked('>I4I4I4I4', asked)
  local at = 1
  for i = 1, logs + inboxes do
    at = at + math.floor(unpacked('>I4', asked, STREAMS + 12 * (i - 1) + 8) / 4)
  end
  for i = logs + inboxes + 1, logs + inboxes + lots do
    at = at + 2 * unpacked('>I4', asked, STREAMS + 12 * (i - 1) + 8)
  end
  for i = 0, records - 1 do
    local field = redis.call('LINDEX', KEYS[1], at + 5 * i)
    for guard = 1, #ARGV, 2 do
      if field == ARGV[guard] then
        return {BLOCKED, taken_by(KEYS[1])}
      end
    end
  end
end
for guard = 1, #ARGV, 2 do
  local found = redis.call('HGET', KEYS[2], ARGV[guard])
  if (found and string.sub(found, 1, 8) or ABSENT) ~= ARGV[guard + 1] then
    return {RECORD}
  end
end
return {UNCHANGED}
