#!lua
-- Writes what a commit asks of one cell, or nothing, where the commit asks nothing of others.
--
-- KEYS: as in cell.lua
-- ARGV: as in commit.lua
-- Returns what commit.lua does; or 5 and the transaction whose intent is in the cell

local taken = taken_by(KEYS[1])
if taken then
  return {BLOCKED, taken}
end
local outcome, write = look(keys_of(ARGV[1]), ARGV)
return {write and write() or outcome}
