package redistest

import (
	"fmt"
	"time"
)

// Rule is a fault that is done to whatever matches. Its methods may be called from any goroutine.
type Rule struct {
	p     *Proxy
	match Match
	fault Fault
	gate  chan struct{} // of Hold: closed by Release

	// The proxy's lock guards what follows.
	seen     int // how many matched, whether or not they were skipped
	taken    int
	hits     int
	removed  bool
	released bool
	optional bool
	held     []*request
}

// On adds a rule. The first rule that matches is the only one that acts, in the order in which they were added. A rule
// that was never hit fails the test when it ends, unless it is [Rule.Optional].
func (p *Proxy) On(m Match, f Fault) *Rule {
	p.t.Helper()
	r := &Rule{p: p, match: m, fault: f, gate: make(chan struct{})}
	switch {
	case m.ok == nil || f.kind == "":
		p.t.Fatal("redistest: a rule needs a match and a fault")
	case m.message && !f.onMessage():
		p.t.Fatalf("redistest: the rule %q cannot be: a message can be delayed, swallowed, doubled or reset", r)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = append(p.rules, r)
	return r
}

// takes tells whether the rule is for this request or message, and counts it. The caller has the lock.
func (r *Rule) takes(words [][]byte, message, answered bool) bool {
	switch {
	case r.removed, r.released, r.match.message != message:
		return false
	case r.fault.onReply() && !message && !answered:
		return false // Nothing could be done, so nothing is counted.
	case !r.match.ok(words):
		return false
	}
	r.seen++
	if r.seen <= r.match.skip || (r.match.times > 0 && r.taken >= r.match.times) {
		return false
	}
	r.taken++
	return true
}

// hit counts that the fault was done.
func (r *Rule) hit() {
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	r.hits++
	r.p.stats.Faults[string(r.fault.kind)]++
}

// hold keeps the request until the release or the end of its connection.
func (r *Rule) hold(req *request) {
	r.p.mu.Lock()
	late := r.released
	if !late {
		r.held = append(r.held, req)
	}
	r.p.mu.Unlock()
	if late {
		return
	}
	r.hit()
	select {
	case <-r.gate:
	case <-req.link.dead:
	}
}

// Hits is how often the fault was done. A delay or a hold counts when it begins, all others when they are done: a
// swallowed reply counts once the server has answered.
func (r *Rule) Hits() int {
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	return r.hits
}

// Await waits until the fault was done n times.
func (r *Rule) Await(n int) {
	r.p.t.Helper()
	if !eventually(func() bool { return r.Hits() >= n }) {
		r.p.t.Fatalf("redistest: the rule %q was hit %d times and not %d within %v", r, r.Hits(), n, patience)
	}
}

// Optional lets a rule that is never hit pass.
func (r *Rule) Optional() *Rule {
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	r.optional = true
	return r
}

// Remove ends the rule for what comes from now on. What it holds it goes on to hold. Whether it was hit still counts.
func (r *Rule) Remove() {
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	r.removed = true
}

// Release lets a [Hold] go, for good: what it held goes to the server, on the connection that it came on. It waits
// until the server has answered, and returns how many requests it did answer: those of a connection that the server has
// closed meanwhile are lost.
func (r *Rule) Release() int {
	r.p.mu.Lock()
	if !r.released {
		r.released = true
		close(r.gate)
	}
	held := r.held
	r.held = nil
	r.p.mu.Unlock()
	late := time.NewTimer(patience)
	defer late.Stop()
	answered := 0
	for _, req := range held {
		select {
		case <-req.done:
		case <-req.link.dead:
		case <-late.C:
			r.p.t.Errorf("redistest: the server did not answer what the rule %q held within %v", r, patience)
			return answered
		}
		if req.wasAnswered() {
			answered++
		}
	}
	return answered
}

// String describes the rule as messages do.
func (r *Rule) String() string { return fmt.Sprintf("%v: %v", r.match, r.fault) }
