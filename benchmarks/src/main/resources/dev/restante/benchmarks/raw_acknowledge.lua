-- Cursors by hand: each moves forward or stays; inboxes that are done are removed, and their floors kept.
-- KEYS: for each user: cursor, inbox
-- ARGV: for each user: position, whether the inbox is done
local call = redis.call
for i = 1, #KEYS, 2 do
  if tonumber(call('GET', KEYS[i]) or 0) < tonumber(ARGV[i]) then
    call('SET', KEYS[i], ARGV[i])
  end
  if ARGV[i + 1] == '1' then
    call('DEL', KEYS[i + 1])
    call('SET', KEYS[i + 1] .. ':floor', ARGV[i])
  end
end
return 0
