package faulty

import (
	"fmt"
	"math/rand/v2"
)

// Rule is a fault that is done to whatever matches. Its methods may be called from many goroutines.
type Rule struct {
	link  *Link
	match Match
	fault Fault

	// The link's lock guards what follows.
	rand     *rand.Rand
	seen     int // how many matched, whether or not they were left out
	taken    int
	hits     int
	removed  bool
	released bool
	held     []func() // what Release lets go
}

// takes tells whether the rule is for this one, which matches, and counts it. The caller has the lock.
func (r *Rule) takes() bool {
	if r.removed || r.released || r.fault.idle() {
		return false
	}
	r.seen++
	past := r.seen - r.match.skip
	switch {
	case past <= 0, r.match.times > 0 && r.taken >= r.match.times:
		return false
	case r.match.every > 1 && past%r.match.every != 0:
		return false
	case r.match.chance > 0 && r.rand.Float64() >= r.match.chance:
		return false
	}
	r.taken++
	return true
}

// hit counts that the fault was done.
func (r *Rule) hit() {
	r.link.mu.Lock()
	defer r.link.mu.Unlock()
	r.hits++
	r.link.stats.Faults[string(r.fault.kind)]++
}

// later does what is delayed or held when its time has come.
func (r *Rule) later(f func()) {
	switch r.fault.kind {
	case delay, delayReply:
		r.hit()
		r.link.after(r.fault, f)
	default:
		if !r.hold(f) {
			f()
			return
		}
		r.hit()
	}
}

// hold keeps f until the release. It reports false if that has been already.
func (r *Rule) hold(f func()) bool {
	r.link.mu.Lock()
	defer r.link.mu.Unlock()
	if r.released {
		return false
	}
	r.held = append(r.held, f)
	return true
}

// Hits is how often the fault was done. What delays or holds counts when it begins, all others when they are done: a
// swallowed answer counts once the store has given it.
func (r *Rule) Hits() int {
	r.link.mu.Lock()
	defer r.link.mu.Unlock()
	return r.hits
}

// Remove ends the rule for what comes from now on. What it holds it goes on to hold. It may be called more than once.
func (r *Rule) Remove() {
	r.link.mu.Lock()
	defer r.link.mu.Unlock()
	r.removed = true
}

// Release ends a [Hold], [Hang] or [HangReply] for good: what it kept goes its way, in the order in which it came. It
// returns once the store has carried out the requests among it, and tells how many calls and wake-ups were kept.
func (r *Rule) Release() int {
	r.link.mu.Lock()
	held := r.held
	r.held = nil
	r.released = true
	r.link.mu.Unlock()
	for _, f := range held {
		f()
	}
	return len(held)
}

// String describes the rule as errors do.
func (r *Rule) String() string { return fmt.Sprintf("%v: %v", r.match, r.fault) }
