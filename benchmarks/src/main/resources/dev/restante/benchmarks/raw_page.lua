-- A page of an inbox by hand, with the log rows that its rows refer to.
-- KEYS: inbox; how its logs' keys begin
-- ARGV: rows before it (those removed not counted), most rows
-- Returns rows and log rows in turns, one row more than the most if more follow
local call = redis.call
local found = {}
for _, row in ipairs(call('LRANGE', KEYS[1], ARGV[1], ARGV[1] + ARGV[2])) do
  local length, seq = struct.unpack('>I2I4', row)
  found[#found + 1] = row
  found[#found + 1] = call('LINDEX', KEYS[2] .. string.sub(row, 7, 6 + length), seq - 1)
end
return found
