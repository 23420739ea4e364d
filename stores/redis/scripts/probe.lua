-- Tries every command of the other scripts on a key of its own, and answers with those that the server refuses.
local refused = {}
local function try(...)
  local reply = redis.pcall(...)
  if type(reply) == 'table' and reply.err then refused[#refused + 1] = ({...})[1] .. ': ' .. reply.err end
end

try('TIME')
try('SET', KEYS[1], '1', 'PX', '1000')
try('GET', KEYS[1])
try('PEXPIRE', KEYS[1], '1000')
try('PTTL', KEYS[1])
try('DEL', KEYS[1])
if ARGV[2] == '1' then
  try('INFO')
  try('HSET', KEYS[1], 'server', '1')
  try('HMGET', KEYS[1], 'server')
  try('DEL', KEYS[1])
end
try('PUBLISH', ARGV[1], '')
return refused
