package history

import (
	"math"
	"time"
)

// far is farther away than any time in a history, and far enough from the ends of its type to be added to.
const far = time.Duration(math.MaxInt64 / 4)

// span is what is known of a time: that it is within.
type span struct{ low, high time.Duration }

var anything = span{-far, far}

// around is a time that is known but for the slack.
func around(t, slack time.Duration) span { return span{t - slack, t + slack} }

func (s span) and(o span) span { return span{max(s.low, o.low), min(s.high, o.high)} }

// plus is the span of the sums, and minus of the differences. What is unbounded stays so.
func (s span) plus(o span) span { return span{bounded(s.low + o.low), bounded(s.high + o.high)} }

func (s span) minus(o span) span { return span{bounded(s.low - o.high), bounded(s.high - o.low)} }

// bounded keeps sums of what is unbounded from growing without end.
func bounded(t time.Duration) time.Duration { return min(max(t, -far), far) }

func (s span) empty() bool { return s.low > s.high }

// zone is all that is known of two instants, that of the last call and the end of the lease: where each is, and how far
// they are apart. The three are kept as narrow as they make each other.
type zone struct{ now, end, left span }

// narrow takes from each span what the two others rule out, and reports whether anything is left. With no more than two
// instants, one pass is enough.
func (z *zone) narrow() bool {
	z.now = z.now.and(z.end.minus(z.left))
	z.end = z.end.and(z.now.plus(z.left))
	z.left = z.left.and(z.end.minus(z.now))
	return !z.now.empty() && !z.end.empty() && !z.left.empty()
}

// pass lets time go on to an instant within the span.
func (z *zone) pass(within span) bool {
	z.now = span{z.now.low, far}.and(within)
	z.left.low = -far
	return z.narrow()
}

// keep leaves only those instants between which so much time is left.
func (z *zone) keep(left span) bool {
	z.left = z.left.and(left)
	return z.narrow()
}

// restart begins a lease that ends so much later than now.
func (z *zone) restart(left span) bool {
	z.end, z.left = anything, left
	return z.narrow()
}

// extend is restart where that is later, and changes nothing where it is not.
func (z *zone) extend(left span) bool {
	from := z.now.plus(left)
	z.end = span{max(z.end.low, from.low), max(z.end.high, from.high)}
	z.left = span{max(z.left.low, left.low), max(z.left.high, left.high)}
	return z.narrow()
}

// forget is what is known once there is no lease: the instant of the last call.
func (z *zone) forget() { z.end, z.left = anything, anything }
