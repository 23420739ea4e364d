package history

import (
	"math"

	"github.com/tenure-go/tenure/stores"
)

// state is what can be known of one election's lease after some of its calls.
type state struct {
	zone
	held    bool
	revoked bool
	// holder is the tenure that holds. Its fence is 0 until an answer tells of it: a call without an answer won it.
	holder stores.Tenure
	// published stands for the participant and the metadata, and acquired is AcquiredAt, 0 until an answer tells of it.
	published, acquired int64
	// last is the last fence that was minted or, where no answer told of it, the lowest that it can have been.
	last uint64
	// over tells that all answers are explained.
	over bool
	// likely tells that calls without an answer do only what is likely: an acquire wins no tenure that another was told to
	// have just won, and none of which no answer ever tells.
	likely bool
}

// step lets a call take effect, and reports whether its answer is one that the contract allows. A call without an answer
// is only let take effect where it changes something, or when all is over: before that, it can as well come later.
func (s *state) step(e *event) bool {
	switch {
	case e.end:
		*s = state{over: true}
		return true
	case s.over:
		return true
	case !s.pass(e.within()) || !s.doubt(e):
		return false
	}
	switch e.Call {
	case Acquire:
		return s.acquire(e)
	case Renew:
		return s.renew(e)
	case Release:
		return s.release(e)
	case Revoke:
		return s.revoke(e)
	default:
		return s.get(e)
	}
}

func (s *state) acquire(e *event) bool {
	lower := s.lower(e.Request.Attempt)
	switch {
	case e.open:
		return s.acquireUnheard(e, lower)
	case e.Outcome == No:
		// "Otherwise": refused while another holds, or the same incarnation under a higher attempt; told as it stands.
		own := e.lease.Incarnation == e.Request.Attempt.Incarnation
		return s.sees(e) && (!own || e.lease.Number > e.Request.Attempt.Number)
	}
	// "Held by this very attempt: granted again, with the same fence, and the time that is really left."
	if again := *s; e.lease.Attempt == e.Request.Attempt && again.sees(e) {
		return s.become(again)
	}
	// "No live lease: granted, under a new fence", and "the same incarnation under a lower attempt: replaced, under a new
	// fence"; for the time asked.
	return (lower || s.expire(e)) && s.grant(e, e.lease.Fence) && s.shows(e)
}

// lower tells whether the attempt's own incarnation holds under a lower one.
func (s *state) lower(a stores.Attempt) bool {
	return s.held && s.holder.Incarnation == a.Incarnation && s.holder.Number < a.Number
}

// acquireUnheard is a grant of which nobody was told. If no answer ever tells of the tenure, it matters only where it ended
// another, its own incarnation's; everywhere else the answers would be the same without it.
func (s *state) acquireUnheard(e *event, lower bool) bool {
	heardOf := e.of.mints(s.last+1, e.Request.Attempt) && !(s.likely && e.of.granted[e.of.next(s.last+1)])
	heardOf = heardOf || e.of.freed[e.Request.Attempt]
	if lower {
		return (heardOf || (!s.likely && s.live())) && s.grant(e, 0)
	}
	return heardOf && s.expire(e) && s.grant(e, 0)
}

// grant begins a tenure. "A new fence is greater than every fence this store has minted for the election, and than
// HighestFence." So the lowest fence above the last of which any answer tells is the one that is minted next, or it never
// could be: that spares the search most of its wrong ways.
func (s *state) grant(e *event, fence uint64) bool {
	next, lowest := e.of.next(s.last+1), max(s.last, e.Request.HighestFence)+1
	if next < lowest || (fence != 0 && fence != next) {
		return false
	}
	s.held, s.revoked, s.acquired, s.published = true, false, 0, e.publishes
	s.holder = stores.Tenure{Attempt: e.Request.Attempt, Fence: fence}
	s.last = max(lowest, fence)
	return s.restart(e.of.time(e.Request.Lease))
}

func (s *state) renew(e *event) bool {
	ours := s.held && s.is(e.Tenure)
	switch {
	case e.open:
		// "Extends the lease of exactly this tenure to the time given from now, if that is later than its present end."
		longer := e.of.time(e.Lease)
		return ours && s.learn(e, e.Tenure.Fence) && !s.revoked && s.live() && s.keep(span{-far, longer.high}) && s.restart(longer)
	case e.Outcome == Yes:
		return ours && s.learn(e, e.Tenure.Fence) && !s.revoked && s.live() && s.extend(e.of.time(e.Lease)) && s.shows(e)
	case e.Revoked:
		return ours && s.learn(e, e.Tenure.Fence) && s.revoked && s.live()
	default:
		// "Not being held any more is an error"; and it is none while it is held.
		return !ours || s.holder.Fence != e.Tenure.Fence || s.expire(e)
	}
}

func (s *state) release(e *event) bool {
	ours := s.held && s.is(e.Tenure)
	giveBack := e.Tenure.Fence == 0
	if e.open || e.Outcome == Yes {
		// "Frees the lease if it is held by exactly this tenure; where the fence is 0, by the attempt."
		if freed := *s; ours && (giveBack || freed.learn(e, e.Tenure.Fence)) && freed.live() {
			return freed.vacate() && s.become(freed)
		}
		return !e.open && giveBack && s.copied(e, e.Tenure.Attempt, 0) && s.vacate()
	}
	// "A lease that is not held by the tenure is left alone."
	return !ours || (!giveBack && s.holder.Fence != e.Tenure.Fence) || s.expire(e)
}

func (s *state) revoke(e *event) bool {
	if e.open || e.Outcome == Yes {
		// "Reports whether a live lease with this fence was there, also if it had been revoked before."
		changes := !e.open || !s.revoked
		if !changes || !s.held || !s.learn(e, e.Tenure.Fence) || !s.live() {
			return false
		}
		s.revoked = true
		return true
	}
	return !s.held || s.holder.Fence != e.Tenure.Fence || s.expire(e)
}

func (s *state) get(e *event) bool {
	if e.Outcome == Yes {
		return s.sees(e)
	}
	return s.expire(e) // "Or an error that is ErrVacant."
}

// become takes another state's place.
func (s *state) become(other state) bool {
	*s = other
	return true
}

// is compares attempts.
func (s *state) is(t stores.Tenure) bool { return s.holder.Attempt == t.Attempt }

// shows tells whether the lease that was told is the one that holds: "a lease is what a store knows of a live tenure".
// Participant, metadata and AcquiredAt are those of the grant, and the time left is what is left.
func (s *state) shows(e *event) bool {
	told := e.lease
	if !s.held || told.Attempt != s.holder.Attempt || !s.learn(e, told.Fence) {
		return false
	}
	if s.acquired == 0 {
		s.acquired = e.acquired
	}
	if told.Revoked && e.of.copies.revoke(s.holder, e) {
		s.revoked = true
	}
	return e.tells == s.published && e.acquired == s.acquired &&
		told.Revoked == s.revoked && s.live() && s.keep(e.of.time(told.TimeLeft))
}

// learn compares fences, where a fence that was not known becomes known.
func (s *state) learn(e *event, fence uint64) bool {
	if s.holder.Fence == 0 && s.last <= fence && fence <= e.of.next(s.last) {
		s.holder.Fence, s.last = fence, fence
	}
	return s.holder.Fence == fence
}

// live says that the lease is live at the instant of the call.
func (s *state) live() bool { return s.keep(span{1, far}) }

// expire says that there is no live lease: "leases end by themselves", when their time is over and not before.
func (s *state) expire(e *event) bool {
	return !s.held || ((e.of.copies.end(s.holder, e) || s.keep(span{-far, 0})) && s.vacate())
}

func (s *state) vacate() bool {
	*s = state{zone: s.zone, last: s.last, likely: s.likely}
	s.forget()
	return true
}

// doubt takes note of what copies may have done to the lease: extended it, so that its end may be later.
func (s *state) doubt(e *event) bool {
	if longest, found := e.of.copies.extend(s.holder, e); s.held && found {
		s.left.high = max(s.left.high, longest.high)
		s.end.high = max(s.end.high, bounded(s.now.high+longest.high))
	}
	return s.narrow()
}

// sees is shows, also where it was a copy that won what is seen.
func (s *state) sees(e *event) bool {
	if seen := *s; seen.shows(e) {
		return s.become(seen)
	}
	return s.copied(e, e.lease.Attempt, e.tells) && s.shows(e)
}

// copied is a grant to a copy of an acquire.
func (s *state) copied(e *event, a stores.Attempt, publishing int64) bool {
	copied, asked := e.of.copies.grant(a, publishing, e)
	if copied == nil || !(s.lower(a) || s.expire(e)) || !s.grant(copied, 0) {
		return false
	}
	s.left.low, s.left.high = -far, asked.high // It may have been granted a while ago.
	s.end = anything
	return s.narrow()
}

// never is no fence: above all.
const never = math.MaxUint64
