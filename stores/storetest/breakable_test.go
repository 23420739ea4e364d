package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// breakable is a store that keeps every rule, but for one planted fault.
type breakable struct {
	fault string
	mu    sync.Mutex
	now   time.Time
	known map[string]*record
	heard map[string][]subscription // by election

	// What follows is for faults only.
	crowd  crowd
	owed   time.Duration           // by how much a clock that never goes back has to stand still
	unsent []func()                // notices that the caller is to send
	given  map[stores.Attempt]bool // attempts that were given back
}

type record struct {
	lease stores.Lease
	over  bool // it was seen to be
	end   time.Time
	asked time.Duration
	last  uint64

	// What follows is for faults only.
	before   stores.Lease // the tenure before this one
	replaced stores.Lease // the last one that was replaced
	reads    int
}

func newBreakable(fault string) *breakable {
	s := &breakable{
		fault: fault, now: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC), known: map[string]*record{},
		heard: map[string][]subscription{}, given: map[stores.Attempt]bool{},
	}
	s.crowd.turn.L = &s.mu
	return s
}

// is tells whether the planted fault is among those given.
func (s *breakable) is(faults ...string) bool { return slices.Contains(faults, s.fault) }

func (s *breakable) ended(ctx context.Context) error {
	if s.is("ignores that a context has ended") {
		return nil
	}
	return ctx.Err()
}

// valid is the validation's answer, unless the fault leaves it out.
func (s *breakable) valid(call string, err error) error {
	if s.is(call + " validates nothing") {
		return nil
	}
	var first *stores.InvalidError
	if s.is("tells one fault of several") && errors.As(err, &first) {
		return first
	}
	if err != nil && s.is("bad input is an untyped error") {
		return errors.New(err.Error())
	}
	return err
}

func (s *breakable) record(name string) *record {
	if s.is("folds names by case") {
		name = strings.ToLower(name)
	}
	if s.known[name] == nil {
		s.known[name] = &record{}
	}
	return s.known[name]
}

func (s *breakable) live(r *record) bool {
	end := r.end
	switch {
	case r.lease.Fence == 0, r.over && !s.is("what was over comes back"):
		return false
	case s.is("never expires"):
		return true
	case s.is("expires late"):
		end = end.Add(5 * time.Millisecond)
	case s.is("expires early"):
		end = end.Add(-5 * time.Millisecond)
	}
	r.over = !s.now.Before(end)
	return !r.over
}

func (s *breakable) view(r *record) stores.Lease {
	lease := r.lease
	if !s.is("metadata is shared on its way out") {
		lease = lease.Clone()
	}
	if s.is("metadata is nil where it is empty") && len(lease.Metadata) == 0 {
		lease.Metadata = nil
	}
	lease.TimeLeft = r.end.Sub(s.now)
	if !s.is("time left is what the clock says") {
		lease.TimeLeft = min(lease.TimeLeft, r.asked)
	}
	if s.is("time left is the time asked") {
		lease.TimeLeft = r.asked
	}
	return lease
}

// advance moves the store's clock and reads it.
func (s *breakable) advance(d time.Duration) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	paid := min(d, s.owed)
	s.owed -= paid
	s.now = s.now.Add(d - paid)
	return s.now
}

// step sets the store's clock.
func (s *breakable) step(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d < 0 && s.is("the clock never goes back") {
		s.owed -= d
		return
	}
	s.now = s.now.Add(d)
	for _, r := range s.known {
		if d > 0 && s.is("a clock that is set forward gives each lease its whole time again") {
			r.end = s.now.Add(r.asked)
		}
	}
}
