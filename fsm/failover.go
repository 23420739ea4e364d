package fsm

import (
	"time"

	"github.com/tenure-go/tenure/gen/lifecycle"
)

// Failover is how long an election may be without a leader, for electors that all have the same settings and a store
// that answers within Timeout. It is computed, not measured; the simulation in proptest holds it against runs.
type Failover struct {
	// Handover is for a leader that releases: one call to the store, after the wake-up that the release sent. Without
	// wake-ups it is Crash.
	Handover time.Duration
	// Crash is for a leader that dies right after a renewal: its lease runs out, the follower's next try comes, and is
	// answered. The follower counts the time left from when it was told, which may be Timeout later than it was true.
	Crash time.Duration
	// Worst adds what can go wrong on top: the old leader's workload uses its whole drain limit under renewals that
	// protect it, an acquire of a follower that died too is granted and orphaned for another lease time, and one call
	// is lost on the way.
	Worst time.Duration
}

// Failover returns the times that these settings give, in closed form:
//
//	turn     = max(Timeout + margin + Jitter x Retry, Retry)
//	Handover = Timeout
//	Crash    = Lease + turn + Timeout
//	Worst    = Drain + 2 x Crash + Timeout + Retry
func (c Config) Failover() Failover {
	c = c.WithDefaults()
	jitter := time.Duration(max(c.Jitter, 0) * float64(c.Retry))
	turn := max(c.Timeout+lifecycle.Margin(c.Lease)+jitter, c.Retry)
	crash := c.Lease + turn + c.Timeout
	return Failover{
		Handover: c.Timeout,
		Crash:    crash,
		Worst:    c.Drain + 2*crash + c.Timeout + c.Retry,
	}
}
