//go:build linux || darwin

package guard

import "math"

// Instant is a reading in nanoseconds of the clock that owner and guardian share; see [Now].
type Instant int64

// Never is later than every instant.
const Never Instant = math.MaxInt64

// Bounds are the instants of a child whose lease stands as it does now. Term is not after Kill.
type Bounds struct {
	// Term is when it is told to end.
	Term Instant `json:"term"`
	// Kill is the safe end of its lease: when it must be dead.
	Kill Instant `json:"kill"`
}

// Later returns the later instants of both.
func (b Bounds) Later(o Bounds) Bounds {
	return Bounds{Term: max(b.Term, o.Term), Kill: max(b.Kill, o.Kill)}
}

// schedule is when one child is told to end and when it is killed. Once it was told, nothing takes that back; a renewal
// still gives it time to end.
type schedule struct {
	bounds Bounds
	// limit is how long a child that was told may take, whatever its lease allows.
	limit        Instant
	told, killed bool
}

func newSchedule(b Bounds) schedule { return schedule{bounds: b, limit: Never} }

// end is when the child must be dead.
func (s *schedule) end() Instant { return min(s.bounds.Kill, s.limit) }

// extend moves the instants, and never brings them nearer. It is too late for that once they have passed.
func (s *schedule) extend(now Instant, b Bounds) {
	switch {
	case s.killed || now >= s.end():
		return
	case !s.told && now >= s.bounds.Term:
		return
	}
	s.bounds = s.bounds.Later(b)
}

// tell notes that the child is told to end, and by when. It reports whether that is news.
func (s *schedule) tell(limit Instant) bool {
	s.limit = min(s.limit, limit)
	news := !s.told
	s.told = true
	return news
}

// due says which of the two signals is due now. Each is due once.
func (s *schedule) due(now Instant) (term, kill bool) {
	if now >= s.end() && !s.killed {
		s.told, s.killed = true, true
		return false, true
	}
	if now >= s.bounds.Term && !s.told {
		s.told = true
		return true, false
	}
	return false, false
}

// wake is when due is to be asked again.
func (s *schedule) wake() Instant {
	switch {
	case s.killed:
		return Never
	case s.told:
		return s.end()
	}
	return min(s.bounds.Term, s.end())
}
