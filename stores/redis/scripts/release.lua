-- The fence is 0 in a give-back, which knows only the attempt. Answers with 1 if a lease was freed.
local incarnation, attempt, fence, channel = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local lease, broken = read()
if broken then return broken end
if not lease or not is(lease, incarnation, attempt) then return refuse(0) end
if fence ~= '0' and fence ~= lease.fence then return refuse(0) end
redis.call('DEL', KEYS[1])
vacated(channel)
return 1
