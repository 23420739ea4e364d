-- Answers with 1 if the live lease has the fence.
local lease, broken = read()
if broken then return broken end
if not lease or lease.fence ~= ARGV[1] then return refuse(0) end
lease.revoked = '1'
redis.call('SET', KEYS[1], written(lease), 'KEEPTTL')
return 1
