// Package memory is a lease store inside one process: no server, no files, nothing to configure.
//
// It serves elections among the goroutines of one process, programs that run as one process today and on Redis
// tomorrow, and tests. Participants in several processes do NOT exclude each other with it: each process has its own
// store, and each store grants its own lease. Use package redis for those. Within a process, all participants of an
// election must be given the same *[Store].
//
// # What is kept
//
// While the process lives, a [Store] remembers the last fence of every election that it has ever granted, over expiry
// and release, so that fences strictly grow; the memory that this takes grows with the number of different election
// names, and never shrinks. After a restart nothing is kept. Fences still grow, because a new one is never below the
// clock in microseconds since 1970 and never below what the candidate says it has seen
// ([stores.AcquireRequest.HighestFence]). That fails only if the clock was set back by more than the process was down
// and no candidate remembers.
//
// # Time
//
// A lease is live while the clock reads less than its end; at the very instant of its end it is over. Ends are compared
// on the monotonic clock, so setting the wall clock changes no time left. On Linux that clock stands still while the
// machine is suspended, and so do the leases. A clock given with [WithClock] whose readings carry no monotonic part is
// compared as it is: stepping it forward ends leases, stepping it back lengthens them, although no time left is ever
// reported above what was asked for. A lease that was once seen to be over stays so, also if the clock steps back.
//
// Expiry is lazy: no timer runs and no goroutine is started; a lease that ends is noticed by the next call. Therefore
// nobody is sent a notice when a lease expires. A follower waits for the end that it was told of.
//
// # Concurrency
//
// All methods may be called from many goroutines. Each call takes one lock for a few hundred nanoseconds; elections are
// spread over many locks by name, so that they rarely wait for each other. A call whose context has already ended does
// nothing and returns the context's error, wrapped; any other call runs to its end, without waiting for anything else.
package memory
