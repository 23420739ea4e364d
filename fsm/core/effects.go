package core

import (
	"time"

	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
)

// The next line does not compile when the table has an effect more or less than interpret knows.
var _ = [1]struct{}{}[lifecycle.EffectCount-29]

// interpret carries out one effect of a row that was taken because of the event.
func (c *Core) interpret(effect lifecycle.Effect, event lifecycle.Event) {
	switch effect {
	case lifecycle.EffectWatch:
		c.watching = true
		c.act(Action{Kind: ActionWatch})
	case lifecycle.EffectUnwatch:
		c.watching = false
		c.act(Action{Kind: ActionUnwatch})
	case lifecycle.EffectNewAttempt:
		c.newAttempt()
	case lifecycle.EffectCallAcquire:
		c.lastTry, c.soon = c.now, false
		c.known.vacated, c.known.missed = false, false
		c.send(OpAcquire)
	case lifecycle.EffectCallRenew:
		c.sendRenewal()
	case lifecycle.EffectCallRelease:
		c.releases++
		c.send(OpRelease)
	case lifecycle.EffectCallGet:
		c.lastLook = c.now
		c.send(OpGet)
	case lifecycle.EffectAbandonCall:
		c.abandon()
	case lifecycle.EffectArmTry:
		c.turn = c.nextTurn()
	case lifecycle.EffectArmSoon:
		c.soon = true
		c.turn = c.floor()
	case lifecycle.EffectArmRetry:
		c.turn = c.now.Add(c.set.Retry + c.jitter())
		c.pauseEnd = c.turn
	case lifecycle.EffectDisarmTry:
		c.turn = Never
	case lifecycle.EffectArmRepeat:
		c.repeat = c.now.Add(c.set.Retry)
	case lifecycle.EffectDisarmRepeat:
		c.repeat = Never
	case lifecycle.EffectArmRenew:
		c.armBeat(c.nextBeat())
	case lifecycle.EffectArmRenewRetry:
		c.armBeat(c.now.Add(c.set.Retry))
	case lifecycle.EffectDisarmRenew:
		c.beat = Never
	case lifecycle.EffectAdoptGrant:
		c.adopt()
	case lifecycle.EffectExtendGrant:
		c.extend()
	case lifecycle.EffectDropGrant:
		c.deadline = Never
		c.act(Action{Kind: ActionDemote, Lease: c.lease, Reason: event})
	case lifecycle.EffectAnnounceGained:
		c.act(Action{Kind: ActionGained, Lease: c.lease})
	case lifecycle.EffectAnnounceLost:
		c.act(Action{Kind: ActionLost, Lease: c.lease, Reason: event})
	case lifecycle.EffectCancelWorkload:
		c.act(Action{Kind: ActionCancelWork, Lease: c.lease, Reason: event})
	case lifecycle.EffectAwaitWorkload:
		c.ifIdle(lifecycle.EventUnattended)
	case lifecycle.EffectFinishWorkload:
		c.ifIdle(lifecycle.EventWorkDone)
	case lifecycle.EffectArmDrain:
		c.drain = c.now.Add(c.set.Drain)
	case lifecycle.EffectDisarmDrain:
		c.drain = Never
	case lifecycle.EffectNoteHolder:
		c.noteHolder()
	case lifecycle.EffectNoteVacancy:
		c.noteVacancy()
	}
}

// newAttempt begins a try that no message of an earlier one can be taken for.
func (c *Core) newAttempt() {
	c.attempt++
	c.tenure = stores.Tenure{Attempt: stores.Attempt{Incarnation: c.set.Incarnation, Number: c.attempt}}
	c.releases = 0
}

// adopt begins to lead with the lease that the store has just granted. Every campaign is met by it.
func (c *Core) adopt() {
	c.lease, c.leaseSeen = c.in.Lease, c.answered.Sent
	c.deadline = c.deadlineOf(c.answered, c.lease)
	c.working += c.withWK
	c.campaigns, c.withWK = 0, 0
	c.known = knowledge{}
	c.act(Action{Kind: ActionLead, Lease: c.lease, Deadline: c.deadline})
}

// extend moves the deadline. An answer to an older call never shortens what a newer one gave.
func (c *Core) extend() {
	c.lease.TimeLeft, c.leaseSeen = c.in.Lease.TimeLeft, c.answered.Sent
	c.deadline = max(c.deadline, c.deadlineOf(c.answered, c.in.Lease))
	c.act(Action{Kind: ActionExtend, Lease: c.lease, Deadline: c.deadline})
}

// deadlineOf is the instant at which the very call was sent, plus the time granted, minus margin and grace. The lease
// began at the store no earlier than that instant; the margin covers that the two clocks count differently. A store
// that grants more than was asked for is not believed.
func (c *Core) deadlineOf(call Call, lease stores.Lease) Instant {
	granted := min(lease.TimeLeft, c.set.Lease)
	return call.Sent.Add(lifecycle.Validity(granted, c.set.Grace))
}

func (c *Core) ifIdle(event lifecycle.Event) {
	if c.working == 0 {
		c.next, c.hasNext = event, true
	}
}

func (c *Core) armBeat(at Instant) {
	if !c.set.Manual {
		c.beat = at
	}
}

// nextBeat is when the next renewal is to be sent: `renewal` after the answered call was. Where less time was granted
// than was asked for, it is earlier, so that one renewal may time out and be repeated before the deadline, but not within
// `retry` of the last, or a third of what was granted where that is less.
func (c *Core) nextBeat() Instant {
	beat := c.answered.Sent.Add(c.set.Renewal)
	if c.deadline == Never {
		return beat
	}
	latest := c.deadline.Add(-lifecycle.Budget(0, c.set.Timeout, c.set.Retry))
	pause := min(c.set.Retry, c.deadline.Sub(c.answered.Sent)/3)
	return min(beat, max(latest, c.answered.Sent.Add(pause)))
}

// nextTurn is when the next try, or look, makes sense. Where a holder is known, that is when its lease has certainly
// ended at the store: the time left is counted from the arrival of the news, and the margin is added. Tries are at least
// `retry` apart, except that a holder who gives up lets each follower that knew of it try at once. Wake-ups put a turn off
// within a bound only.
func (c *Core) nextTurn() Instant {
	if c.known.woken {
		c.known.woken = false
		return max(c.now, c.pauseEnd)
	}
	if !c.known.held || c.soon {
		return c.floor()
	}
	end := c.known.end.Add(lifecycle.Margin(c.known.lease.TimeLeft) + c.jitter())
	unasked := time.Duration(maxUnasked) * max(c.set.Lease, c.known.answered)
	return max(c.floor(), min(end, max(c.lastTry, c.lastLook).Add(unasked)))
}

// maxUnasked is for how many lease times wake-ups can put a try off before the store itself is asked. A subscription may
// be stuck at a place where an old leader still renews. It is large, since followers of a healthy leader must cost the
// store next to nothing: at this bound a hundred of them send two calls for each fifteen renewals of the leader.
const maxUnasked = 250

// floor is the earliest instant at which this participant tries, or looks, by itself.
func (c *Core) floor() Instant {
	last := c.lastTry
	if !c.wants() {
		last = max(last, c.lastLook)
	}
	return max(c.now, last.Add(c.set.Retry), c.pauseEnd)
}

func (c *Core) jitter() time.Duration {
	if c.set.Jitter <= 0 {
		return 0
	}
	return time.Duration(c.set.Rand.Float64() * c.set.Jitter * float64(c.set.Retry))
}
