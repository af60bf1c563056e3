#!lua
-- Leaves an intent in a cell that is as a commit expects it. While it is there the content stays as it is.
--
-- KEYS: as in cell.lua
-- ARGV: as in commit.lua; the transaction
-- Returns 0 taken, 1 head, 2 duplicate, 3 record; or 5 and the transaction whose intent is in the cell

local taken = taken_by(KEYS[1])
if taken then
  return {BLOCKED, taken}
end
local outcome = look(keys_of(ARGV[1]), ARGV)
if outcome == COMMITTED then
  append(KEYS[1], ARGV, 1, #ARGV)
end
return {outcome}
