#!lua flags=allow-oom
-- Does each command of the scripts, and leaves nothing. A user who lacks the right to one of them is found out here,
-- before a commit can fail half-way or a move when it has begun.
--
-- KEYS: three that nothing else uses

local list, hash, order = KEYS[1], KEYS[2], KEYS[3]
redis.call('RPUSH', list, 'one', 'two')
redis.call('LSET', list, 1, '')
redis.call('LINDEX', list, 0)
redis.call('LRANGE', list, 0, redis.call('LLEN', list))
redis.call('LTRIM', list, 1, -1)
redis.call('LPOP', list, 1)
redis.call('RPUSH', list, 'three')
redis.call('EXISTS', list, hash)
redis.call('HSET', hash, 'field', 'value')
redis.call('HGET', hash, 'field')
redis.call('HMGET', hash, 'field')
redis.call('HLEN', hash)
redis.call('HKEYS', hash)
redis.call('HSCAN', hash, '0', 'COUNT', 1)
redis.call('SCAN', '0', 'COUNT', 1)
redis.call('HDEL', hash, 'field')
redis.call('ZADD', order, 1, 'member')
redis.call('ZCARD', order)
redis.call('ZRANGEBYSCORE', order, '-inf', 1, 'LIMIT', 0, 1)
redis.call('ZRANGEBYLEX', order, '-', '+', 'LIMIT', 0, 1)
redis.call('ZREM', order, 'member')
redis.call('DEL', list)
redis.call('SET', list, 'value', 'PX', 1000)
redis.call('GET', list)
redis.call('DEL', list)
return 1
