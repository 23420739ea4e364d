package demo

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tenure-go/tenure/gen/elector"
)

// happened tells whether the records show the effect that a strike of its kind must have, and otherwise what they lack.
func happened(ev *evidence, at int, lim limits) error {
	s := ev.Strikes[at]
	next := successor(ev, s)
	if next == nil {
		return errors.New("nobody led after it")
	}
	switch s.Kind {
	case kindStop:
		return stopped(ev, s, next, lim)
	case kindKill:
		return errors.Join(killed(ev, s), leaseRanOut(ev, s, next, lim))
	case kindPause:
		return errors.Join(paused(ev, s, next), leaseRanOut(ev, s, next, lim))
	case kindStall:
		return errors.Join(paused(ev, s, next), stalled(ev, s), leaseRanOut(ev, s, next, lim))
	case kindCut:
		return errors.Join(cutOff(ev, s, next), leaseRanOut(ev, s, next, lim))
	default:
		return fmt.Errorf("kind %d is unknown", s.Kind)
	}
}

// successor is the first look of the next term.
func successor(ev *evidence, s strike) *look {
	var next *look
	for i := range ev.Looks {
		l := &ev.Looks[i]
		if l.Leads && l.Fence > s.Fence && (next == nil || l.Before < next.Before) {
			next = l
		}
	}
	return next
}

// lastLease is when the call was sent by which the store last gave the term a lease. The store counts from an instant
// after that.
func lastLease(ev *evidence, s strike) instant {
	var last instant
	for _, c := range ev.Calls {
		if c.who == s.who && c.Fence == s.Fence && c.OK && (c.Op == "acquire" || c.Op == "renew") {
			last = max(last, c.Sent)
		}
	}
	return last
}

// leaseRanOut asks that the next term began no earlier than the last lease can have ended.
func leaseRanOut(ev *evidence, s strike, next *look, lim limits) error {
	last := lastLease(ev, s)
	if last == 0 {
		return errors.New("the store gave no lease")
	}
	if next.Before < last+lim.lease {
		return fmt.Errorf("the next term began %s after the last renewal, before the lease can have run out",
			ms(next.Before-last))
	}
	return nil
}

// stopped asks for a workload that was told so, for a lease that was released, and for a successor who was woken up by
// that: one who was not would have waited for the end of the lease that it knew of.
func stopped(ev *evidence, s strike, next *look, lim limits) error {
	told := endingOf(ev, s)
	freed := slices.ContainsFunc(ev.Calls, func(c call) bool {
		return c.who == s.who && c.Op == "release" && c.Fence == s.Fence && c.OK
	})
	switch {
	case told == nil || told.Reason != elector.ReasonStopped:
		return errors.New("the workload was not told of a stop")
	case !freed:
		return errors.New("the lease was not released")
	case next.who == s.who:
		return errors.New("nobody else took over")
	case next.Before >= lastLease(ev, s)+lim.lease:
		return errors.New("the hand-over took as long as if nothing had been released")
	}
	return nil
}

// killed asks that nothing was heard of the dead.
func killed(ev *evidence, s strike) error {
	switch {
	case endingOf(ev, s) != nil:
		return errors.New("its workload came to an end of its own")
	case slices.ContainsFunc(ev.Calls, func(c call) bool { return c.who == s.who && c.Reached && c.Sent > s.At }):
		return errors.New("a call reached the store after it")
	case slices.ContainsFunc(ev.Looks, func(l look) bool { return l.who == s.who && l.Before > s.At }),
		slices.ContainsFunc(ev.Writes, func(w write) bool { return w.who == s.who && w.At > s.At }):
		return errors.New("its workload went on")
	}
	return nil
}

// paused asks that the process stood still, that another led meanwhile, and that the first thing it did on waking was to
// look, in vain.
func paused(ev *evidence, s strike, next *look) error {
	first, looked := firstLook(ev, s)
	still := !slices.ContainsFunc(ev.Calls, func(c call) bool {
		return c.who == s.who && (c.Sent > s.At && c.Sent < s.Until || c.Returned > s.At && c.Returned < s.Until)
	})
	switch {
	case s.Until == 0:
		return errors.New("it was never woken up")
	case next.Before >= s.Until || next.Participant == s.Participant:
		return errors.New("nobody else led before it was woken up")
	case !looked || !first.Waking || first.Before < s.Until:
		return errors.New("it did not look on waking up")
	case first.Leads:
		return errors.New("it believed that it leads")
	case !still:
		return errors.New("its calls to the store went on")
	}
	return nil
}

// stalled asks for a late write that found a higher fence.
func stalled(ev *evidence, s strike) error {
	higher := false
	for _, w := range ev.Writes {
		if w.who == s.who && w.Fence == s.Fence && w.At > s.At {
			switch {
			case w.Accepted:
				return errors.New("its late write was accepted")
			case !higher:
				return errors.New("its late write came before anybody else's")
			}
			return nil
		}
		higher = higher || w.Accepted && w.Fence > s.Fence
	}
	return errors.New("it never finished its write")
}

// cutOff asks that calls failed, that the leader stepped down at its deadline before another led, and that it reached
// the store again afterwards.
func cutOff(ev *evidence, s strike, next *look) error {
	told := endingOf(ev, s)
	lost := slices.ContainsFunc(ev.Calls, func(c call) bool { return c.who == s.who && !c.Reached && c.Sent >= s.At })
	switch {
	case !lost:
		return errors.New("no call of it was lost")
	case told == nil || told.Reason != elector.ReasonDeadline:
		return errors.New("it did not step down at its deadline")
	case next.who == s.who:
		return errors.New("nobody else took over")
	case !followed(ev, s):
		return errors.New("it never reached the store again")
	}
	return nil
}

func endingOf(ev *evidence, s strike) *ending {
	for i := range ev.Endings {
		if e := &ev.Endings[i]; e.who == s.who && e.Fence == s.Fence {
			return e
		}
	}
	return nil
}
