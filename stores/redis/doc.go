// Package redis keeps leases on Redis, for participants on many machines: one server, Sentinel, or Cluster.
//
//	client := goredis.NewUniversalClient(redis.ForLeases(goredis.UniversalOptions{Addrs: []string{"localhost:6379"}}))
//	store, err := redis.New(client, redis.Options{})
//	e, err := elector.New(store, elector.Config{Election: "reports"})
//
// Package memory or this one? Participants in one process need no server: memory is faster, and nothing can fail between
// it and them. As soon as a second process takes part, it has to be this one.
//
// # What is kept
//
// An election has two keys with one hash tag, so that a Cluster keeps them together: prefix:{election}:lease, a text that
// expires with the lease, and prefix:{election}:fence, the last fence, which never expires; with a settle time a third,
// prefix:{election}:mark, names the server that was seen last. Each call is one script, one atomic step, one round trip;
// the scripts are in the folder scripts. What stands there and was not written by this version of this package is a
// *[CorruptError], and never a grant.
//
// A fence is the highest of: the last one and 1, the server's clock in microseconds, what the candidate has seen and 1. So
// it goes up over a server that restarts without its data, as long as its clock is not set back by more than it was down,
// or a candidate remembers.
//
// # Wake-ups
//
// Grants, renewals and releases are published, with the lease, on the channel prefix@db:{election}. All watches of a store
// share one connection. Followers of a healthy leader send nothing.
//
// # What each failure does
//
//   - The server is down, paused or cut off: the leader leads to its deadline and steps down by itself. Nobody leads until
//     the server is back; then the lease's end is waited for, by the server's clock, and somebody takes over.
//   - It restarts with its data (appendonly): leases go on, and time went on meanwhile.
//   - It restarts without: the lease is forgotten. The leader learns that from its next renewal; until then another may
//     lead beside it, under a higher fence. Options.Settle rules that out.
//   - A replica is promoted without the last writes: the same. Options.Replicas makes it less likely, Options.Settle rules
//     it out for one failover at a time, as long as the old primary does not go on granting: min-replicas-to-write makes it
//     stop, seconds late.
//   - The script cache is flushed: one more round trip for the next call of each kind.
//   - Memory is full: nothing is granted or revoked ([ErrOutOfMemory]); the leader renews and releases all the same.
//   - A slot moves in the Cluster: the client follows. Calls that meet the move fail and are repeated.
//   - A reply is lost: the outcome is unknown. The elector repeats the call, which the scripts answer as the first time.
//   - The server's clock is set forward: leases end early at the server, so that a second one may lead beside the first
//     until its deadline, under a higher fence. Set back: a lease would last longer by as much; the next look of any
//     participant cuts it to what was asked for. Let clocks be slewed.
//
// What a lease on Redis cannot promise, [stores] and the README say: fences are what protects then.
//
// # Permissions
//
// This much is enough for a user of the server:
//
//	ACL SETUSER tenure on >password resetkeys ~tenure:* resetchannels &tenure@* -@all +evalsha +eval +get +set +del
//	    +pexpire +pttl +time +publish +subscribe +unsubscribe +ping +hello +auth +select
//
// with +client|setinfo on Redis 7.2 and later (or the option DisableIdentity of the client), +scan for List, +info +hset +hmget for Options.Settle, +info for Check, +wait for Options.Replicas, and
// +cluster|slots +cluster|shards +command +readonly +asking for a Cluster. With another prefix, ~ and & change accordingly.
//
// # Concurrency
//
// All methods may be called from many goroutines. A call keeps to the deadline of its context, and to the timeouts of the
// client. One whose context is cancelled less than five seconds before its deadline returns at the deadline at the latest,
// as an elector's calls do; any other returns at once.
package redis
