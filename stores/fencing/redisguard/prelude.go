package redisguard

// The first words of the error replies of [Prelude].
const (
	replyStale    = "TENURESTALE"
	replyTampered = "TENURETAMPERED"
	replyInvalid  = "TENUREINVALID"
)

// Prelude is the Lua that [Guard.Run] puts before a script. It is here for clients of other kinds, which put it before
// their scripts themselves. It takes the fence key as KEYS[1], the fence (in decimal digits) as ARGV[1] and the incarnation
// as ARGV[2]; what stands behind it finds its own keys from KEYS[2] on and its own arguments from ARGV[3] on, and no
// variables of the Prelude's. A script that begins with "#!" cannot have anything before it.
//
// If the token is admitted, the fence key has it, and the script goes on. It stays admitted even if the script fails then.
// Otherwise the script ends with one of these error replies, and nothing was written:
//
//	TENURESTALE fence incarnation   what was admitted last refuses the token
//	TENURETAMPERED value            the fence key has a value that the Prelude did not write
//	TENUREINVALID                   the token is not valid
//
//nolint:dupword // so Lua closes its blocks
const Prelude = `do
  local fence, incarnation = ARGV[1], ARGV[2]
  -- Numbers would be doubles, and texts would be compared by the server's locale.
  local function higher(a, b)
    if #a ~= #b then return #a > #b end
    for i = 1, #a do
      local x, y = string.byte(a, i), string.byte(b, i)
      if x ~= y then return x > y end
    end
    return false
  end
  local function valid(f, i)
    return f and i and i ~= '' and string.find(f, '^[1-9][0-9]*$') and not higher(f, '9223372036854775807')
  end
  if not valid(fence, incarnation) then
    return redis.error_reply('TENUREINVALID a fence is from 1 to 2^63-1, and an incarnation is not empty')
  end
  local stored = redis.pcall('GET', KEYS[1])
  if type(stored) == 'table' then
    if not string.find(stored.err, 'WRONGTYPE', 1, true) then return stored end
    return redis.error_reply('TENURETAMPERED a value of another type')
  end
  if stored then
    local f, i = string.match(stored, '^([0-9]+) (.+)$')
    if not valid(f, i) then
      return redis.error_reply('TENURETAMPERED ' .. string.gsub(string.sub(stored, 1, 300), '%c', '?'))
    end
    if higher(f, fence) or (f == fence and i ~= incarnation) then
      return redis.error_reply('TENURESTALE ' .. stored)
    end
  end
  redis.call('SET', KEYS[1], fence .. ' ' .. incarnation)
end
`
