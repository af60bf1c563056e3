#!lua
-- Writes everything or nothing. All is read and checked before the first write: Redis takes no write of a script back.
-- That a script runs out of memory is found before its first write, too.
--
-- KEYS: logs; inboxes; compaction keys of each inbox; hash and zset of each dedup; hash and zset of each record;
--       hash of each guard; the index of logs to sweep
-- ARGV: counts of logs, inboxes, dedups, records, guards; now; then
--       stream: expected head, count of rows, rows
--       dedup: field, value (which begins with its expiry), score ('' if it is never swept), the log's name for the index
--       record: field, condition (A always, V version, G greater), whether it is listed, expected version, value (which
--               begins with the new version)
--       guard: field, version
-- Returns 0 committed, 1 head, 2 duplicate, 3 record, 4 committed, and nothing had to be changed

local COMMITTED, HEAD, DUPLICATE, RECORD, UNCHANGED = 0, 1, 2, 3, 4
local ABSENT = pack8(0)
local MOST_UNPACKED = 1000
local MOST_HOLES = 1000

local logs, inboxes = tonumber(ARGV[1]), tonumber(ARGV[2])
local dedups, records, guards = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local now = ARGV[6]
local streams = logs + inboxes
local sweep_index = KEYS[#KEYS]

-- ---- look ----------------------------------------------------------------------------------------

local at = 7
local first, count, bases, floors, heads, headers = {}, {}, {}, {}, {}, {}
for i = 1, streams do
  bases[i], floors[i], heads[i], headers[i] = stream(KEYS[i])
  if heads[i] ~= tonumber(ARGV[at]) then
    return HEAD
  end
  if i > logs then
    redis.call('HLEN', KEYS[i + inboxes])
  end
  count[i] = tonumber(ARGV[at + 1])
  first[i] = at + 2
  at = at + 2 + count[i]
end

local key = streams + inboxes
local dedups_at, dedups_key = at, key
for i = 1, dedups do
  local old = redis.call('HGET', KEYS[key + 1], ARGV[at])
  if old and less8(now, old) then
    return DUPLICATE
  end
  redis.call('ZCARD', KEYS[key + 2])
  key = key + 2
  at = at + 4
end
redis.call('ZCARD', sweep_index)

local records_at, records_key = at, key
local changes = {}
for i = 1, records do
  local old = redis.call('HGET', KEYS[key + 1], ARGV[at])
  local version = old and string.sub(old, 1, 8) or ABSENT
  local condition = ARGV[at + 1]
  if condition == 'V' and version ~= ARGV[at + 3] then
    return RECORD
  end
  changes[i] = condition ~= 'G' or less8(version, ARGV[at + 4])
  redis.call('ZCARD', KEYS[key + 2])
  key = key + 2
  at = at + 5
end

for i = 1, guards do
  local old = redis.call('HGET', KEYS[key + 1], ARGV[at])
  if (old and string.sub(old, 1, 8) or ABSENT) ~= ARGV[at + 1] then
    return RECORD
  end
  key = key + 1
  at = at + 2
end

-- ---- write ---------------------------------------------------------------------------------------

local function append(list, from, to)
  for chunk = from, to, MOST_UNPACKED do
    redis.call('RPUSH', list, unpack(ARGV, chunk, math.min(to, chunk + MOST_UNPACKED - 1)))
  end
end

-- Holes in front of the first row are not kept. In one step at most so many go; the next one goes on.
local function drop_leading_holes(list, base, floor)
  local holes = 0
  while holes < MOST_HOLES and redis.call('LINDEX', list, holes + 1) == '' do
    holes = holes + 1
  end
  if holes > 0 then
    redis.call('LTRIM', list, holes, -1)
    redis.call('LSET', list, 0, header_of(floor, base + holes, ''))
  end
end

for i = 1, streams do
  local list, from, to = KEYS[i], first[i], first[i] + count[i] - 1
  if not headers[i] then
    redis.call('RPUSH', list, FRESH)
  end
  append(list, from, to)
  if i > logs then
    local keys, superseded = KEYS[i + inboxes], false
    for n = 1, count[i] do
      local _, _, compaction = parse_inbox(ARGV[from + n - 1])
      if compaction then
        local number = heads[i] + n
        local older = tonumber(redis.call('HGET', keys, compaction) or 0)
        if older > bases[i] then
          redis.call('LSET', list, older - bases[i], '')
          superseded = true
        end
        redis.call('HSET', keys, compaction, string.format('%.0f', number))
      end
    end
    if superseded then
      drop_leading_holes(list, bases[i], floors[i])
    end
  end
end

at, key = dedups_at, dedups_key
for i = 1, dedups do
  local field, score = ARGV[at], ARGV[at + 2]
  redis.call('HSET', KEYS[key + 1], field, ARGV[at + 1])
  if score == '' then
    redis.call('ZREM', KEYS[key + 2], field)
  else
    redis.call('ZADD', KEYS[key + 2], score, field)
    redis.call('ZADD', sweep_index, 'LT', score, ARGV[at + 3])
  end
  key = key + 2
  at = at + 4
end

local wrote = streams + dedups > 0
at, key = records_at, records_key
for i = 1, records do
  if changes[i] then
    local field, value = ARGV[at], ARGV[at + 4]
    if string.sub(value, 1, 8) == ABSENT then
      wrote = redis.call('HDEL', KEYS[key + 1], field) == 1 or wrote
      redis.call('ZREM', KEYS[key + 2], field)
    else
      wrote = true
      if redis.call('HSET', KEYS[key + 1], field, value) == 1 and ARGV[at + 2] == '1' then
        redis.call('ZADD', KEYS[key + 2], 0, field)
      end
    end
  end
  key = key + 2
  at = at + 5
end

return wrote and COMMITTED or UNCHANGED
