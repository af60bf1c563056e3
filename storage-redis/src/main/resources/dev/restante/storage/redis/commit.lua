#!lua
-- Writes everything or nothing. All is read and checked before the first write, in content.lua.
-- That a script runs out of memory is found before its first write, too.
--
-- KEYS: logs; inboxes; compaction keys of the inboxes that get rows with one; hash and zset of each record; hash of each
--       guard; remembered submits; the index by which they expire; the claim of whoever appends alone
-- ARGV: numbers, packed: counts of logs, inboxes, lots of submits, records and guards, of 4 bytes each; now, in 8 bytes;
--       for each stream its expected head in 8 bytes and, in 4, four times its count of rows and gaps, plus two if there
--       are gaps, plus one if some rows have a compaction key; for each lot the span of time in which its submits expire
--       in 8 bytes (NEVER if they are not swept) and their count, at most 1,000, in 4; then
--       rows of each stream, and gaps between them where it is moved (a zero byte; how many numbers, in 8 bytes); field
--       and value (which begins with its expiry) of each submit
--       record: field, condition (A always, V version, G greater), whether it is listed, expected version, value (which
--               begins with the new version)
--       guard: field, version
--       in the end: who commits, as in his claim
-- Returns 0 committed, 1 head, 2 duplicate, 3 record, 4 committed, and nothing had to be changed, 5 somebody else appends
-- alone now. A claim ends with the commit of rows that is made under it, however that ends.

local claim, own = table.remove(KEYS), table.remove(ARGV)
local logs, inboxes = struct.unpack('>I4I4', ARGV[1])
local holder = logs + inboxes > 0 and redis.call('GET', claim)
if holder and holder ~= own then
  return 5
end
local outcome, write = look(KEYS, ARGV)
outcome = write and write() or outcome
if holder then
  redis.call('DEL', claim)
end
return outcome
