-- The usual renewal: the lease is to the letter what its holder won, and not revoked. No more time than the span can be
-- left, so that to set the span shortens nothing. Answers with the time left.
if ARGV[6] ~= '' and redis.pcall('GET', KEYS[1]) == ARGV[6] then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  redis.pcall('PUBLISH', ARGV[5], '1h' .. ARGV[4] .. '\n' .. ARGV[6])
  return tonumber(ARGV[4])
end

