-- KEYS[2] is the fence's key, which never expires; KEYS[3] the mark of the server, where there is a settle time.
local incarnation, attempt, participant, span, metadata = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local claim, ahead, settle, touch, channel = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9], ARGV[10]

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

-- How long, in milliseconds, nothing is granted since this server was first seen for the election, as what it is since it
-- was started or promoted: what it may not know of is over by then. A server that is promoted once more, without having
-- been restarted, has another replication id.
local function settling()
  if settle == 0 then return 0 end
  local info = redis.call('INFO')
  local server = string.match(info, 'run_id:(%x+)') .. string.match(info, 'master_replid:(%x+)')
  local mark = redis.pcall('HMGET', KEYS[3], 'server', 'since')
  if mark.err then return 0, unreadable('mark', mark) end
  local since = tonumber(mark[2] or '')
  if mark[1] ~= server or not since or since > now then
    since = now
    redis.call('HSET', KEYS[3], 'server', server, 'since', text(since))
  end
  return math.max(0, math.ceil(settle - (now - since) / 1000))
end

if claim > now + ahead then
  return redis.error_reply('FENCECLAIM ' .. text(now + ahead))
end

local lease, broken = read()
if broken then return broken end

-- A repetition is told what it holds. Where replicas are waited for, it writes, since only writes are waited for.
local again = lease and is(lease, incarnation, attempt)
if lease and (lease.stretched or again and touch == '1') then expire(lease) end
if again then
  require_writable()
  return answer(1, lease)
end

local wait, unmarked = settling()
if unmarked then return unmarked end
if lease and not (lease.incarnation == incarnation and less(lease.attempt, attempt)) then
  require_writable()
  return answer(0, lease)
end
if wait > 0 then
  return redis.error_reply('SETTLING ' .. text(wait))
end

local last = redis.pcall('GET', KEYS[2])
if last and last.err then return unreadable('last fence', last) end
if last and not exact(last) then return corrupt('last fence', last) end
local fence = text(math.max(now, claim + 1, tonumber(last or '0') + 1, lease and tonumber(lease.fence) + 1 or 0))
if not exact(fence) then return corrupt('last fence', last or fence) end

-- The fence is written first: whatever comes between leaves a fence too high, and never a lease under an old one.
redis.call('SET', KEYS[2], fence)
local granted = {format = FORMAT, participant = participant, incarnation = incarnation, attempt = attempt, fence = fence,
  acquired = text(now), span = span, revoked = '0', metadata = metadata, left = tonumber(span)}
granted.value = written(granted)
redis.call('SET', KEYS[1], granted.value, 'PX', span)
held(channel, granted)
return answer(1, granted)
