package main

import (
	"time"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/tools/internal/cli"
)

// participantFlags are the flags of the verbs that take part in an election, or judge how it would be to: the store, its
// options, and an elector's timings.
type participantFlags struct {
	storeFlags
	replicas                            *int
	settle                              *time.Duration
	lease, renewal, retry, grace, drain *time.Duration
}

func defineParticipant(f *cli.Flags) participantFlags {
	return participantFlags{
		storeFlags: defineStore(f, 300*time.Millisecond),
		replicas:   f.Number("replicas", 0, 0, 100, "how many replicas must have a grant or a renewal before it counts"),
		settle:     f.Duration("settle", 0, "for how long nothing new is granted after a restart or a promotion of the server"),
		lease:      f.Positive("lease", 2*time.Second, "how long the lease lasts without renewal"),
		renewal:    f.Positive("renewal", 500*time.Millisecond, "the pause between renewals"),
		retry:      f.Positive("retry", 200*time.Millisecond, "the least pause between two tries, and after an error"),
		grace:      f.Duration("grace", 300*time.Millisecond, "how long before the lease's safe end the program is told to end"),
		drain:      f.Positive("drain", time.Second, "how long the program may take to end when tenure is told to"),
	}
}

// options are the store's. Half of the time for one call is for the replicas, since refusals wait for them as well.
func (p participantFlags) options() redis.Options {
	o := redis.Options{Replicas: *p.replicas, Settle: *p.settle}
	if o.Replicas > 0 {
		o.ReplicaTimeout = max((*p.timeout / 2).Truncate(time.Millisecond), time.Millisecond)
	}
	return o
}

// config returns the timings of an elector.
func (p participantFlags) config() elector.Config {
	return elector.Config{
		Lease: *p.lease, Renewal: *p.renewal, Retry: *p.retry, Timeout: *p.timeout, Grace: *p.grace, Drain: *p.drain,
	}
}

// watcher is a store with wake-ups, which the one on Redis is.
var _ stores.Watcher = (*openStore)(nil)
