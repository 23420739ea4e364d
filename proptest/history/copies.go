package history

import (
	"math"

	"github.com/tenure-go/tenure/stores"
)

// copies are the calls of which a copy may arrive at any time after they were sent, in the order of their sending. There
// are too many of them to look for the place of each. So what a copy may have done is taken for done where that explains
// an answer, as often as it takes.
type copies struct {
	acquires map[string][]*event // by incarnation
	renewals map[stores.Tenure][]*event
	releases map[stores.Attempt][]*event
	revokes  map[uint64][]*event
}

func newCopies() copies {
	return copies{
		acquires: map[string][]*event{}, renewals: map[stores.Tenure][]*event{},
		releases: map[stores.Attempt][]*event{}, revokes: map[uint64][]*event{},
	}
}

func (c *copies) add(e *event) {
	switch e.Call {
	case Acquire:
		by := e.Request.Attempt.Incarnation
		c.acquires[by] = append(c.acquires[by], e)
	case Renew:
		c.renewals[e.Tenure] = append(c.renewals[e.Tenure], e)
	case Release:
		c.releases[e.Tenure.Attempt] = append(c.releases[e.Tenure.Attempt], e)
	case Revoke:
		c.revokes[e.Tenure.Fence] = append(c.revokes[e.Tenure.Fence], e)
	default:
	}
}

// before tells whether a copy of c may take effect before e does.
func (e *event) before() uint64 {
	if e.open {
		return math.MaxUint64
	}
	return e.Answered
}

// end tells whether a copy may have ended the tenure by the time of the event: of its release, or of an acquire that
// replaces it.
func (c *copies) end(t stores.Tenure, e *event) bool {
	for _, other := range c.releases[t.Attempt] {
		if other.Sent < e.before() && (other.Tenure.Fence == 0 || t.Fence == 0 || other.Tenure.Fence == t.Fence) {
			return true
		}
	}
	for _, other := range c.acquires[t.Incarnation] {
		if other.Sent < e.before() && other.Request.Attempt.Number > t.Number {
			return true
		}
	}
	return false
}

// revoke tells whether a copy may have revoked the tenure by the time of the event.
func (c *copies) revoke(t stores.Tenure, e *event) bool {
	all := c.revokes[t.Fence]
	return len(all) > 0 && all[0].Sent < e.before()
}

// extend returns the longest that a copy of a renewal of the tenure may have asked for by the time of the event.
func (c *copies) extend(t stores.Tenure, e *event) (longest span, found bool) {
	for _, other := range c.renewals[t] {
		if other.Sent < e.before() {
			asked := e.of.time(other.Lease)
			longest.high, found = max(longest.high, asked.high), true
		}
	}
	return longest, found
}

// grant returns an acquire of the attempt of which a copy may have been granted by the time of the event, publishing what
// is given, 0 for anything, and the span of what such copies ask for.
func (c *copies) grant(a stores.Attempt, publishing int64, e *event) (copied *event, asked span) {
	asked = span{far, -far}
	for _, other := range c.acquires[a.Incarnation] {
		if other.Request.Attempt != a || other.Sent >= e.before() || (publishing != 0 && other.publishes != publishing) {
			continue
		}
		one := e.of.time(other.Request.Lease)
		asked = span{min(asked.low, one.low), max(asked.high, one.high)}
		if copied == nil || other.Request.HighestFence < copied.Request.HighestFence {
			copied = other
		}
	}
	return copied, asked
}
