-- Answers with -1 where the tenure is lost, with -2 where it is revoked, and else with the lease or, to a caller who
-- knows the rest, with the time left.
local incarnation, attempt, fence, span, channel, known = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

local lease, broken = read()
if broken then return broken end
if not lease or not is(lease, incarnation, attempt) or lease.fence ~= fence then return refuse(-1) end
if lease.revoked == '1' then return refuse(-2) end

-- The span is what a clock that is set back may not exceed, so it is raised first, or else not exceeded.
local asked = tonumber(span)
if asked > tonumber(lease.span) then
  local before = lease.span
  lease.span = span
  local raised = redis.pcall('SET', KEYS[1], written(lease), 'KEEPTTL')
  if raised.err then
    lease.span, asked = before, tonumber(before)
  end
  lease.value = written(lease)
end
lease.left = math.max(asked, lease.left)
expire(lease)
held(channel, lease)
if known ~= '' then return lease.left end
return answer(1, lease)
