// Package locks has no code but tests and benchmarks: those of stores/redis beside other locks for Redis, each doing what
// comes closest to a renewal and to a short tenure, on one real server, with one client.
//
// They do not promise the same. A lock of redislock or redsync has no fence, so nobody can refuse what its holder
// still writes when it is over; nor does either tell who holds it, and for how long. Compare what it costs with that in
// mind.
package locks
