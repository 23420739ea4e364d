package demo

import "sync"

// resource is what the election protects. It follows the rule that makes fences worth their name: accept a higher fence,
// or the same one from the same incarnation, and refuse everything else.
type resource struct {
	journal *journal

	mu      sync.Mutex
	highest uint64
	by      string
}

// write records what arrived, under the lock, so that the journal's order is that of the arrivals.
func (r *resource) write(from who, fence uint64) (accepted bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	accepted = fence > r.highest || fence == r.highest && from.Incarnation == r.by
	if accepted {
		r.highest, r.by = fence, from.Incarnation
	}
	r.journal.wrote(write{who: from, Fence: fence, At: r.journal.now(), Accepted: accepted})
	return accepted
}
