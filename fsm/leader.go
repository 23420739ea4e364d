package fsm

import (
	"maps"
	"time"

	"github.com/tenure-go/tenure/fsm/clock"
	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/stores"
)

// Leader is what an elector knows of who leads. It is for people and routing, and proves nothing: it may be outdated.
type Leader struct {
	// Participant and Incarnation name the holder.
	Participant, Incarnation string
	// Metadata is what the holder published; it is the caller's own copy.
	Metadata map[string]string
	// Fence is the holder's.
	Fence uint64
	// AcquiredAt is the instant of the grant on the store's clock.
	AcquiredAt time.Time
	// Remaining is how much of the lease is left if nothing has happened since the news; 0 if it should have ended.
	Remaining time.Duration
	// Age is how old the news is.
	Age time.Duration
}

// news is a lease that was told of, and when.
type news struct {
	lease stores.Lease
	seen  core.Instant
	at    clock.Reading
}

// learn keeps what the core knows of the holder for readers in other goroutines.
func (e *Elector) learn(now core.Instant, at clock.Reading) {
	lease, seen, known := e.core.Holder()
	old := e.known.Load()
	switch {
	case !known:
		if old != nil {
			e.known.Store(nil)
		}
	case old == nil || old.seen != seen || old.lease.Tenure != lease.Tenure || old.lease.TimeLeft != lease.TimeLeft:
		e.known.Store(&news{lease: lease, seen: seen, at: at.Add(-now.Sub(seen))})
	}
}

// Leader returns who leads as far as this elector was told, and whether it knows of anybody. It asks nobody: a follower
// learns from refusals, look-ups and wake-ups. It takes no lock.
func (e *Elector) Leader() (Leader, bool) {
	n := e.known.Load()
	if n == nil {
		return Leader{}, false
	}
	age := e.clock.Now().Since(n.at)
	return Leader{
		Participant: n.lease.Participant,
		Incarnation: n.lease.Incarnation,
		Metadata:    maps.Clone(n.lease.Metadata),
		Fence:       n.lease.Fence,
		AcquiredAt:  n.lease.AcquiredAt,
		Remaining:   max(n.lease.TimeLeft-age, 0),
		Age:         age,
	}, true
}
