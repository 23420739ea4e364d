package history

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// event is a call as it concerns one election.
type event struct {
	Operation
	of *election
	// lease is what the answer tells of, nil if it tells of none; tells and acquired are its parts as in [state].
	lease           *stores.Lease
	tells, acquired int64
	// publishes is what an acquire asks to be told.
	publishes int64
	// open tells that the call may take effect at any time or never; end marks that all answers are explained.
	open, end bool
}

// within is when the call took effect.
func (e *event) within() span {
	if e.open {
		return span{e.From, far}
	}
	return span{e.From, e.Until}
}

// election is one election's part of a history, and what its answers tell when they are taken together.
type election struct {
	opts   Options
	name   string
	events []*event
	// fences are those that any answer tells of, in order, with the attempts they belong to, where that was told.
	fences   []uint64
	attempts map[uint64]stores.Attempt
	// granted are the fences that an acquire was told to have just won.
	granted map[uint64]bool
	// freed are the attempts of give-backs that freed a lease.
	freed map[stores.Attempt]bool
	// copies are the calls of which copies may arrive, in the order of their sending; empty unless requests are doubled.
	copies   copies
	contents map[string]int64
}

// split makes of a history one election for each name in it, in the order of the names.
func split(history []Operation, opts Options) []*election {
	all := map[string]*election{}
	of := func(name string) {
		if all[name] == nil {
			all[name] = &election{
				opts: opts, name: name, attempts: map[uint64]stores.Attempt{}, freed: map[stores.Attempt]bool{}, granted: map[uint64]bool{},
				copies: newCopies(), contents: map[string]int64{},
			}
		}
	}
	for _, op := range history {
		for _, lease := range op.Leases {
			of(lease.Election)
		}
		if op.Call != List {
			of(op.Election)
		}
	}
	for _, op := range history {
		if op.Outcome == Nothing || (op.Outcome == Unknown && op.Call.reads()) {
			continue
		}
		for name, e := range all {
			if op.Call != List && op.Election == name {
				e.add(op)
			} else if op.Call == List && strings.HasPrefix(name, op.Election) {
				e.add(op.looksAt(name))
			}
		}
	}
	elections := slices.SortedFunc(maps.Values(all), func(a, b *election) int { return cmp.Compare(a.name, b.name) })
	for _, e := range elections {
		slices.Sort(e.fences)
		e.fences = slices.Compact(e.fences)
	}
	return elections
}

// looksAt is a list's look at one election.
func (o Operation) looksAt(name string) Operation {
	leases := o.Leases
	o.Call, o.Election, o.Outcome, o.Leases = Get, name, No, nil
	for _, lease := range leases {
		if lease.Election == name {
			o.Outcome, o.Leases = Yes, []stores.Lease{lease}
		}
	}
	return o
}

func (el *election) add(op Operation) {
	e := &event{Operation: op, of: el, open: op.Outcome == Unknown}
	if op.Call == Acquire {
		e.publishes = el.content(op.Request.Participant, op.Request.Metadata)
	}
	if len(op.Leases) > 0 {
		e.lease = &e.Leases[0]
		e.tells, e.acquired = el.content(e.lease.Participant, e.lease.Metadata), e.lease.AcquiredAt.UnixNano()
		el.heardOf(e.lease.Tenure)
		if op.Call == Acquire && op.Outcome == Yes && e.lease.TimeLeft == op.Request.Lease {
			el.granted[e.lease.Fence] = true
		}
	}
	switch {
	case e.open: // It tells nothing.
	case op.Call == Release && op.Outcome == Yes && op.Tenure.Fence == 0:
		el.freed[op.Tenure.Attempt] = true
	case op.Outcome == Yes || op.Revoked:
		el.heardOf(op.Tenure)
	}
	el.events = append(el.events, e)
	if el.opts.Doubled {
		el.copies.add(e)
	}
}

// heardOf takes note of a tenure that an answer tells of. A revocation does not tell of its attempt.
func (el *election) heardOf(t stores.Tenure) {
	if t.Fence == 0 {
		return
	}
	el.fences = append(el.fences, t.Fence)
	if t.Incarnation != "" {
		el.attempts[t.Fence] = t.Attempt
	}
}

// next returns the first fence from the given one on of which any answer tells.
func (el *election) next(from uint64) uint64 {
	i := sort.Search(len(el.fences), func(i int) bool { return el.fences[i] >= from })
	if i == len(el.fences) {
		return never
	}
	return el.fences[i]
}

// mints tells whether the next tenure of which any answer tells can be the attempt's.
func (el *election) mints(from uint64, a stores.Attempt) bool {
	fence := el.next(from)
	of, known := el.attempts[fence]
	return fence != never && (!known || of == a)
}

// content numbers what a lease publishes.
func (el *election) content(participant string, metadata map[string]string) int64 {
	var text strings.Builder
	fmt.Fprintf(&text, "%q", participant)
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		fmt.Fprintf(&text, " %q:%q", key, metadata[key])
	}
	n, known := el.contents[text.String()]
	if !known {
		n = int64(len(el.contents) + 1)
		el.contents[text.String()] = n
	}
	return n
}

// time is a time of the store as the history's clock measures it.
func (el *election) time(t time.Duration) span {
	return around(t, el.opts.Tolerance+time.Duration(float64(t)*el.opts.Drift))
}
