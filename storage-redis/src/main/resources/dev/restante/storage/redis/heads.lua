#!lua flags=allow-oom
-- KEYS: streams
-- Returns for each: head, floor, meta of the last row that there was ('' for an inbox)

local found = {}
for i, list in ipairs(KEYS) do
  local base, floor, head, header = stream(list)
  local meta = ''
  if head > base then
    local last = redis.call('LINDEX', list, -1)
    if last ~= '' and string.byte(last, 1) < 128 then
      meta = meta_of(last)
    end
  elseif header then
    meta = string.sub(header, 18)
  end
  found[#found + 1] = head
  found[#found + 1] = floor
  found[#found + 1] = meta
end
return found
