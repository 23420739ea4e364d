package core

import (
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
)

// knowledge is what the participant was told of who leads. It decides when to try, never who leads.
type knowledge struct {
	// held tells that a holder is known; lease is its lease, told at seen, ending by this clock at end.
	held  bool
	lease stores.Lease
	seen  Instant
	end   Instant
	// vacated and missed tell that a wake-up came, or may have been missed, while an acquire was under way, whose answer
	// may be older.
	vacated, missed bool
	// woken tells that a holder that was known gave up, so the next turn is due at once.
	woken bool
}

// Holder returns the lease of the leader as far as known, the instant at which that was told, and whether any is known.
// While this participant leads, it is its own.
func (c *Core) Holder() (lease stores.Lease, seen Instant, known bool) {
	if c.state.Leading() {
		return c.lease, c.leaseSeen, true
	}
	return c.known.lease, c.known.seen, c.known.held
}

// notice turns a wake-up into an event. What it says of this participant's own tenures is no news; and a timer that was
// due before it may have ended the subscription.
func (c *Core) notice(n stores.Notice) {
	if !c.watching {
		return
	}
	if n.Kind == stores.NoticeHeld {
		c.sawFence(n.Lease.Tenure)
		if n.Lease.Incarnation == c.set.Incarnation {
			return
		}
		c.in.Lease = n.Lease
		c.fire(lifecycle.EventInformed)
		return
	}
	c.fire(lifecycle.EventVacated)
}

// noteHolder remembers the lease that a refusal, a look-up or a notice told of. Where a wake-up came while the refused
// acquire was under way, the refusal may be older than the wake-up, and the wake-up wins.
func (c *Core) noteHolder() {
	lease := c.in.Lease
	switch {
	case c.in.Kind == InputReply && c.in.Err != nil && c.answered.Op == OpGet:
		c.known = knowledge{}
	case c.known.vacated:
		c.known = knowledge{woken: true}
	default:
		c.sawFence(lease.Tenure)
		end := c.now.Add(lease.TimeLeft)
		if c.known.missed {
			end = c.now
		}
		c.known = knowledge{held: true, lease: lease, seen: c.now, end: end}
	}
}

// noteVacancy remembers that the lease was given up. Notices that may have been missed prove less: the holder is kept,
// as one whose lease may have ended.
func (c *Core) noteVacancy() {
	trying := c.awaiting && c.awaited.Op == OpAcquire
	missed := c.in.Notice.Kind == stores.NoticeMissed
	switch {
	case trying && missed:
		c.known.missed = true
	case trying:
		c.known.vacated = true
	case missed:
		c.known.end = c.now
	default:
		c.known = knowledge{woken: c.known.held}
	}
}
