package core

import (
	"math"
	"time"

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
	// answered is the time left that the store itself last told of.
	answered time.Duration
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
	switch n.Kind {
	case stores.NoticeHeld:
		c.informed(n.Lease)
	case stores.NoticeVacated, stores.NoticeMissed:
		c.fire(lifecycle.EventVacated)
	}
}

// informed takes a notice of somebody's lease. It may be old, or false: it never replaces news of a later tenure, and
// postpones a try by no more than this participant's own lease time or what the store itself told of.
func (c *Core) informed(lease stores.Lease) {
	if lease.Fence > math.MaxInt64 || lease.Incarnation == c.set.Incarnation || lease.Fence < c.known.lease.Fence {
		return
	}
	if !c.distrust {
		c.hinted = max(c.hinted, lease.Fence)
	}
	lease.TimeLeft = min(lease.TimeLeft, max(c.set.Lease, c.known.answered))
	c.in.Lease = lease
	c.fire(lifecycle.EventInformed)
}

// noteHolder remembers the lease that a refusal, a look-up or a notice told of. Where a wake-up came while the refused
// acquire was under way, the refusal may be older than the wake-up, and the wake-up wins.
func (c *Core) noteHolder() {
	lease, vacant := c.in.Lease, c.answered.Op == OpGet && c.in.Err != nil
	answered := c.known.answered
	if c.in.Kind == InputReply && !vacant {
		lease.TimeLeft = min(lease.TimeLeft, stores.MaxLease)
		answered = lease.TimeLeft
		c.sawFence(lease.Tenure)
	}
	switch {
	case vacant:
		c.known = knowledge{}
	case c.known.vacated && c.wakeFor(lease.Fence):
		c.known = knowledge{woken: true}
	default:
		end := c.now.Add(lease.TimeLeft)
		if c.known.missed {
			end = c.now
		}
		c.known = knowledge{held: true, lease: lease, seen: c.now, end: end, answered: answered}
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
		c.known.end = min(c.known.end, c.now)
	case c.known.held:
		c.known = knowledge{woken: c.wakeFor(c.known.lease.Fence)}
	}
}

// wakeFor tells whether the end of the tenure with this fence is a reason for a try at once. It is one once, and only
// where the store itself told of the tenure: wake-ups that say again and again that some lease was given up do not make
// this participant ask again and again.
func (c *Core) wakeFor(fence uint64) bool {
	if fence <= c.wokenFor || fence > c.highest {
		return false
	}
	c.wokenFor = fence
	return true
}
