-- Content, and what a commit makes of it. It is put behind what all scripts have in common, where a script writes content.
-- Nothing is written before all was read and checked: Redis takes no write of a script back.

local COMMITTED, HEAD, DUPLICATE, RECORD, UNCHANGED = 0, 1, 2, 3, 4
local ABSENT = pack8(0)
local MOST_UNPACKED = 1000
local MOST_HOLES = 1000

local call, unpacked = redis.call, struct.unpack

local function append(list, rows, from, to)
  for chunk = from, to, MOST_UNPACKED do
    call('RPUSH', list, unpack(rows, chunk, math.min(to, chunk + MOST_UNPACKED - 1)))
  end
end

-- Holes in front of the first row are not kept. In one step at most so many go; the next one goes on.
local function drop_leading_holes(list, base, header)
  local holes = 0
  while holes < MOST_HOLES and call('LINDEX', list, holes + 1) == '' do
    holes = holes + 1
  end
  if holes > 0 then
    local floor = #header > 1 and unpack8(header, 2) or 0
    call('LTRIM', list, holes, -1)
    call('LSET', list, 0, header_of(floor, base + holes, ''))
  end
end

-- The number of the last of some rows and gaps behind a head.
local function position_behind(head, rows, from, to)
  local position = head + to - from + 1
  for i = from, to do
    if string.byte(rows[i], 1) == 0 then
      position = position + unpack8(rows[i], 2) - 1
    end
  end
  return position
end

-- Of rows with one compaction key the last one stays, the others become holes. Where that was done already nothing changes.
local function supersede(list, keys, base, head, rows, from, to)
  local superseded = false
  local position = head
  for i = from, to do
    local row = rows[i]
    local gap = string.byte(row, 1) == 0
    position = position + (gap and unpack8(row, 2) or 1)
    local _, compaction
    if not gap then
      _, _, compaction = parse_inbox(row)
    end
    if compaction then
      local older = tonumber(call('HGET', keys, compaction) or 0)
      if older > base and older < position then
        call('LSET', list, older - base, '')
        superseded = true
      end
      if older < position then
        call('HSET', keys, compaction, string.format('%.0f', position))
      end
    end
  end
  return superseded
end

-- Holes are kept, but for those in front of the first row.
local function append_holes(list, count)
  local holes = {}
  for i = 1, math.min(count, MOST_UNPACKED) do
    holes[i] = ''
  end
  while count > 0 do
    local chunk = math.min(count, MOST_UNPACKED)
    call('RPUSH', list, unpack(holes, 1, chunk))
    count = count - chunk
  end
end

-- Returns the base, which a gap in front of the first row moves.
local function append_with_gaps(list, base, header, head, rows, from, to)
  local position = head
  for i = from, to do
    local row = rows[i]
    if string.byte(row, 1) ~= 0 then
      position = position + 1
      call('RPUSH', list, row)
    else
      local gap = unpack8(row, 2)
      if position == base then
        base = base + gap
        local floor = #header > 1 and unpack8(header, 2) or 0
        call('LSET', list, 0, header_of(floor, base, string.sub(header, 18)))
      else
        append_holes(list, gap)
      end
      position = position + gap
    end
  end
  return base
end

-- A key goes with the last of what it holds. While its slot moves it cannot be made again, nor be reached at all: so this comes
-- behind all that is set, and it is for what is there alone.
local function remove(command, key, members)
  for chunk = 1, #members, MOST_UNPACKED do
    call(command, key, unpack(members, chunk, math.min(#members, chunk + MOST_UNPACKED - 1)))
  end
end

-- Looks whether all is as a commit expects it. The keys and arguments are those of commit.lua. Returns why not; or COMMITTED
-- and what then writes it, which returns COMMITTED or UNCHANGED.
--
-- Where it is decided, all was as it is expected, and nobody else has changed it since: whatever differs was written by the
-- same, which was broken off behind its rows, and is written again, to the same end. Only the head tells what else was written.
local function look(KEYS, ARGV, decided)
  local numbers = ARGV[1]
  local logs, inboxes, lots, records, guards = unpacked('>I4I4I4I4I4', numbers)
  local now = string.sub(numbers, 21, 28)
  local streams = logs + inboxes
  local LOTS = STREAMS + 12 * streams
  local remembered, index = KEYS[#KEYS - 1], KEYS[#KEYS]

  local at, key = 2, streams
  local bases, headers, compactions, appended = {}, {}, {}, {}
  local again = false
  for i = 1, streams do
    local list = KEYS[i]
    local high, low, count = unpacked('>I4I4I4', numbers, STREAMS + 12 * (i - 1))
    local rows = math.floor(count / 4)
    local header = call('LINDEX', list, 0)
    local base, head = 0, 0
    if header then
      if #header > 1 then
        base = unpack8(header, 10)
      end
      head = base + call('LLEN', list) - 1
    end
    if head ~= high * TWO32 + low then
      if not decided or head ~= position_behind(high * TWO32 + low, ARGV, at, at + rows - 1) then
        return HEAD
      end
      appended[i], again = true, true
    end
    bases[i], headers[i] = base, header
    if count % 2 == 1 then
      key = key + 1
      compactions[i] = KEYS[key]
      call('HLEN', KEYS[key])
    end
    at = at + rows
  end

  local fields_of = {}
  for i = 1, lots do
    local high, low, count = unpacked('>I4I4I4', numbers, LOTS + 12 * (i - 1))
    if high ~= NEVER then
      reach(list_of(index, high * TWO32 + low))
    end
    local fields = {}
    for n = 1, count do
      fields[n] = ARGV[at + 2 * n - 2]
    end
    for _, old in ipairs(call('HMGET', remembered, unpack(fields))) do
      if old and less8(now, old) then
        if not decided then
          return DUPLICATE
        end
        again = true
      end
    end
    fields_of[i] = fields
    at = at + 2 * count
  end
  call('ZCARD', index)

  local records_at, records_key = at, key
  local changes, known = {}, {}
  for i = 1, records do
    local old = call('HGET', KEYS[key + 1], ARGV[at])
    local version = old and string.sub(old, 1, 8) or ABSENT
    local condition = ARGV[at + 1]
    if condition == 'V' and version ~= ARGV[at + 3] and not decided then
      return RECORD
    end
    changes[i] = condition ~= 'G' or less8(version, ARGV[at + 4])
    known[i] = old
    call('ZCARD', KEYS[key + 2])
    key = key + 2
    at = at + 5
  end

  for _ = 1, guards do
    local old = call('HGET', KEYS[key + 1], ARGV[at])
    if (old and string.sub(old, 1, 8) or ABSENT) ~= ARGV[at + 1] and not decided then
      return RECORD
    end
    key = key + 1
    at = at + 2
  end

  return COMMITTED, function()
    at = 2
    for i = 1, streams do
      local list = KEYS[i]
      local high, low, count = unpacked('>I4I4I4', numbers, STREAMS + 12 * (i - 1))
      local to = at + math.floor(count / 4) - 1
      if not headers[i] then
        headers[i] = FRESH
        call('RPUSH', list, FRESH)
      end
      if appended[i] then
        -- They are there.
      elseif count % 4 > 1 then
        bases[i] = append_with_gaps(list, bases[i], headers[i], high * TWO32 + low, ARGV, at, to)
      elseif at == to then
        call('RPUSH', list, ARGV[at])
      else
        append(list, ARGV, at, to)
      end
      if
        compactions[i]
        and supersede(list, compactions[i], bases[i], high * TWO32 + low, ARGV, at, to)
        and count % 4 == 1
      then
        drop_leading_holes(list, bases[i], headers[i])
      end
      at = to + 1
    end

    for i, fields in ipairs(fields_of) do
      call('HSET', remembered, unpack(ARGV, at, at + 2 * #fields - 1))
      local high, low = unpacked('>I4I4', numbers, LOTS + 12 * (i - 1))
      if high ~= NEVER then
        local span = high * TWO32 + low
        if call('RPUSH', list_of(index, span), unpack(fields)) == #fields or again then
          call('ZADD', index, span * SPAN_MILLIS, string.format('%.0f', span))
        end
      end
      at = at + 2 * #fields
    end

    local wrote = streams + lots > 0
    local removals = {}
    at, key = records_at, records_key
    for i = 1, records do
      local hash, order = KEYS[key + 1], KEYS[key + 2]
      local field, listed, value = ARGV[at], ARGV[at + 2] == '1', ARGV[at + 4]
      if not changes[i] then
        -- It is as new already, or newer.
      elseif string.sub(value, 1, 8) ~= ABSENT then
        wrote = true
        if listed and not known[i] then
          call('ZADD', order, 0, field)
        end
        call('HSET', hash, field, value)
      elseif known[i] then
        wrote = true
        removals[hash] = removals[hash] or {order = order, fields = {}, listed = {}}
        table.insert(removals[hash].fields, field)
        if listed then
          table.insert(removals[hash].listed, field)
        end
      end
      key = key + 2
      at = at + 5
    end
    for hash, removal in pairs(removals) do
      remove('ZREM', removal.order, removal.listed)
      remove('HDEL', hash, removal.fields)
    end

    return wrote and COMMITTED or UNCHANGED
  end
end
