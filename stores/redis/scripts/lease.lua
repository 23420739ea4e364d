-- What scripts share: the lease as it is kept, read and checked. KEYS[1] is the lease's key, which expires with the
-- lease; its value is one text, with a line for each of NAMES. Names have no control characters; metadata, which may
-- have any, is the rest.
--
-- Lua's numbers are doubles. Attempts are therefore compared as text, and fences are kept below 2^53, which the clock in
-- microseconds reaches in the year 2255.

local FORMAT = '1'
local EXACT = '9007199254740991'
local LONGEST = '604800000'
local NAMES = {'format', 'participant', 'incarnation', 'attempt', 'fence', 'acquired', 'span', 'revoked', 'metadata'}
local LINES = '^' .. string.rep('([^\n]*)\n', #NAMES - 1) .. '(.*)$'

local function text(number)
  return string.format('%.0f', number)
end

-- A whole number above 0, written as this store writes it.
local function whole(s)
  return s and #s <= 19 and string.find(s, '^[1-9]%d*$')
end

local function less(a, b)
  return #a < #b or (#a == #b and a < b)
end

local function exact(s)
  return whole(s) and not less(EXACT, s)
end

local function corrupt(field, value)
  local shown = string.gsub(string.sub(value, 1, 64), '[^ -~]', '?')
  return redis.error_reply('CORRUPT ' .. field .. ' ' .. shown)
end

-- Returns the error reply for a read that was answered with an error: of another type, or not to be had.
local function unreadable(field, reply)
  if string.find(reply.err, 'WRONGTYPE', 1, true) then return corrupt(field, 'of another type') end
  return reply
end

-- Returns the field whose value this store cannot have written.
local function fault(lease)
  if lease.format ~= FORMAT then return 'format' end
  if lease.participant == '' then return 'participant' end
  if lease.incarnation == '' then return 'incarnation' end
  if not whole(lease.attempt) then return 'attempt' end
  if not exact(lease.fence) then return 'fence' end
  if not exact(lease.acquired) then return 'acquired' end
  if not whole(lease.span) or less(LONGEST, lease.span) then return 'span' end
  if lease.revoked ~= '0' and lease.revoked ~= '1' then return 'revoked' end
end

local function written(lease)
  local lines = {}
  for i, name in ipairs(NAMES) do lines[i] = lease[name] end
  return table.concat(lines, '\n')
end

-- What a replica, or a primary that has too few of them, knows of a lease is no definite answer: it may be old. So a script
-- that writes nothing else ends with a write that never changes anything, and is refused there.
local function require_writable()
  redis.call('PEXPIRE', KEYS[1], '-1000', 'GT')
end

local function refuse(status)
  require_writable()
  return status
end

-- Returns the live lease, nil if there is none, or nil and an error reply.
local function read()
  local value = redis.pcall('GET', KEYS[1])
  if not value then return nil end
  if value.err then return nil, unreadable('type', value) end
  local lines = {string.match(value, LINES)}
  if #lines == 0 then return nil, corrupt('format', value) end
  local lease = {value = value}
  for i, name in ipairs(NAMES) do lease[name] = lines[i] end
  local field = fault(lease)
  if field then return nil, corrupt(field, lease[field]) end
  local left = redis.call('PTTL', KEYS[1])
  if left == -1 then return nil, corrupt('expiry', 'none') end
  -- More than was ever asked is left only where the server's clock was set back. The lease really ends within its span.
  lease.left = math.min(left, tonumber(lease.span))
  lease.stretched = left > lease.left
  return lease
end

local function is(lease, incarnation, attempt)
  return lease.incarnation == incarnation and lease.attempt == attempt
end

local function answer(status, lease)
  return {status, lease.left, lease.value}
end

-- Sets the end of the lease, never to what would delete it.
local function expire(lease)
  redis.call('PEXPIRE', KEYS[1], text(math.max(lease.left, 1)))
end

-- A wake-up is a hint: that nobody may publish it takes nothing away from what was done.
local function held(channel, lease)
  redis.pcall('PUBLISH', channel, FORMAT .. 'h' .. text(lease.left) .. '\n' .. lease.value)
end

local function vacated(channel)
  redis.pcall('PUBLISH', channel, FORMAT .. 'v')
end
