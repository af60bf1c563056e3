#!lua flags=allow-oom
-- KEYS: inbox; the logs that rows refer to are of the same tenant, and their keys are made here
-- ARGV: after, most rows, most bytes, whether the first row comes whatever its size ('1' or '0'), rows (holes too) and
--       bytes after which the caller asks again, start of the keys of the tenant's logs, end of them; no start where
--       logs are in other slots, so that none is looked at
-- Returns floor, how it ended (0 at the head, 1 at a limit, 2 ask again), scanned to, then for each row: position, row,
--       log row (nil if there is none)

local DONE, LIMIT, AGAIN = 0, 1, 2
local list = KEYS[1]
local after, most_rows, most_bytes = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local forced, enough_rows, enough_bytes = ARGV[4] == '1', tonumber(ARGV[5]), tonumber(ARGV[6])
local log_start, log_end = ARGV[7], ARGV[8]

local base, floor, head = stream(list)
local position = math.max(after, base)
local found = {floor, DONE, after}
local rows, bytes, scanned, chunk = 0, 0, 0, 16

local logs = {}
local function log_row(name, seq)
  local log = logs[name]
  if not log then
    log = {key = log_start .. name .. log_end}
    log.base, log.floor, log.head = stream(log.key)
    logs[name] = log
  end
  if seq <= log.base or seq > log.head then
    return false
  end
  return redis.call('LINDEX', log.key, seq - log.base)
end

local function stop(how, at)
  found[2] = how
  found[3] = at
  return found
end

while position < head do
  local got = redis.call('LRANGE', list, position - base + 1, position - base + chunk)
  local before = bytes
  for _, row in ipairs(got) do
    if scanned >= enough_rows or bytes >= enough_bytes then
      return stop(AGAIN, position)
    end
    scanned = scanned + 1
    if row ~= '' then
      local name, seq, _, size = parse_inbox(row)
      local referred = name and log_start ~= '' and log_row(name, seq) or false
      if referred then
        size = size + #referred - 1 - string.byte(referred, 1)
      end
      if rows == most_rows or (bytes + size > most_bytes and not (forced and rows == 0)) then
        return stop(LIMIT, position)
      end
      rows = rows + 1
      bytes = bytes + size
      found[#found + 1] = position + 1
      found[#found + 1] = row
      found[#found + 1] = referred
    end
    position = position + 1
  end
  chunk = bytes - before < 65536 and math.min(chunk * 2, 512) or 16
end
return stop(DONE, math.max(after, head))
