-- A cell: one stream with its submits and records, all of whose keys are in one slot. Redis Cluster alone has cells. It is
-- put behind content.lua.
--
-- KEYS of a script that writes to one: its intent, rows, compaction keys, hash and zset of its records; the submits
--       remembered, the index by which they expire
-- An intent is a list: the arguments of commit.lua for this cell, and behind them the name of the transaction.

local BLOCKED = 5

-- The transaction that has left an intent.
local function taken_by(intent)
  return redis.call('LINDEX', intent, -1)
end

-- The keys that commit.lua is handed, for this cell.
local function keys_of(numbers)
  local logs, inboxes, _, records, guards = unpacked('>I4I4I4I4I4', numbers)
  local keys = {}
  for i = 1, logs + inboxes do
    keys[#keys + 1] = KEYS[2]
  end
  for i = logs + 1, logs + inboxes do
    if unpacked('>I4', numbers, STREAMS + 12 * (i - 1) + 8) % 2 == 1 then
      keys[#keys + 1] = KEYS[3]
    end
  end
  for _ = 1, records do
    keys[#keys + 1] = KEYS[4]
    keys[#keys + 1] = KEYS[5]
  end
  for _ = 1, guards do
    keys[#keys + 1] = KEYS[4]
  end
  keys[#keys + 1] = KEYS[6]
  keys[#keys + 1] = KEYS[7]
  return keys
end
