package history_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// loose keeps leases by the rules, but for one that is named by its fault.
type loose struct {
	fault string
	now   func() time.Time
	mu    sync.Mutex
	rows  map[string]*row
}

type row struct {
	lease, before stores.Lease
	held          bool
	end           time.Time
	last          uint64
	reads         int
}

func (s *loose) is(fault string) bool { return s.fault == fault }

// begin locks the store, and forgets a lease that is over. The caller unlocks.
func (s *loose) begin(election string) (*row, time.Time) {
	s.mu.Lock()
	if s.rows[election] == nil {
		s.rows[election] = &row{}
	}
	r, now := s.rows[election], s.now()
	end := r.end
	switch {
	case s.is("expires early"):
		end = end.Add(-2 * time.Millisecond)
	case s.is("expires late"):
		end = end.Add(2 * time.Millisecond)
	}
	if r.held && !now.Before(end) {
		r.held, r.before = false, r.lease
		if s.is("the fence is reset at the end") {
			r.last = 0
		}
	}
	return r, now
}

func (s *loose) view(r *row, now time.Time) stores.Lease {
	lease := r.lease.Clone()
	lease.TimeLeft = r.end.Sub(now)
	if s.is("time left is a moment more") {
		lease.TimeLeft += time.Millisecond
	}
	return lease
}

func (s *loose) Acquire(_ context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	r, now := s.begin(req.Election)
	defer s.mu.Unlock()
	own := r.lease.Incarnation == req.Attempt.Incarnation
	switch have := r.lease.Number; {
	case !r.held, s.is("everybody is granted"):
	case own && have == req.Attempt.Number && !s.is("a repeat is granted anew"):
		if s.is("a repeat extends") {
			r.end = now.Add(req.Lease)
		}
		if s.is("a repeat publishes") {
			r.lease.Metadata = req.Metadata
		}
		return s.view(r, now), nil
	case own && have < req.Attempt.Number && !s.is("a higher attempt is refused"):
	case own && have > req.Attempt.Number && s.is("a lower attempt replaces"):
	case own && have == req.Attempt.Number:
	default:
		return stores.Lease{}, &stores.HeldError{Lease: s.view(r, now)}
	}
	fence := max(r.last+1, req.HighestFence+1)
	switch {
	case s.is("the fence is used again") && r.last > 0:
		fence = r.last
	case s.is("the highest fence seen is ignored"):
		fence = r.last + 1
	}
	r.before, r.held, r.end, r.last = r.lease, true, now.Add(req.Lease), fence
	r.lease = stores.Lease{
		Election: req.Election, Participant: req.Participant, AcquiredAt: now, Metadata: req.Metadata,
		Tenure: stores.Tenure{Attempt: req.Attempt, Fence: fence},
	}.Clone()
	lease := s.view(r, now)
	if s.is("a grant is told and not kept") && fence%4 == 0 {
		r.held = false
	}
	return lease, nil
}

func (s *loose) Renew(_ context.Context, req stores.RenewRequest) (stores.Lease, error) {
	r, now := s.begin(req.Election)
	defer s.mu.Unlock()
	have := r.lease.Tenure
	ours := r.held && have == req.Tenure
	switch {
	case s.is("a renewal resurrects"):
		ours = have == req.Tenure
	case s.is("a renewal compares the incarnation only"):
		ours = r.held && have.Incarnation == req.Tenure.Incarnation
	case s.is("a renewal does not compare the fence"):
		ours = r.held && have.Attempt == req.Tenure.Attempt
	}
	if !ours || (r.lease.Revoked && !s.is("a revocation is ignored")) {
		return stores.Lease{}, &stores.LostError{Election: req.Election, Tenure: req.Tenure, Revoked: ours}
	}
	end := now.Add(req.Lease)
	if r.held = true; s.is("a renewal shortens") || end.After(r.end) {
		before := r.end
		r.end = end
		if s.is("a renewal is told and not kept") {
			defer func() { r.end = before }()
		}
	}
	if s.is("a renewal sets acquired-at") {
		r.lease.AcquiredAt = now
	}
	return s.view(r, now), nil
}

func (s *loose) Release(_ context.Context, election string, tenure stores.Tenure) (bool, error) {
	r, _ := s.begin(election)
	defer s.mu.Unlock()
	have, giveBack := r.lease.Tenure, tenure.Fence == 0
	ours := have.Attempt == tenure.Attempt && (giveBack || have.Fence == tenure.Fence)
	switch {
	case s.is("a release goes by incarnation"):
		ours = have.Incarnation == tenure.Incarnation
	case s.is("a release compares nothing"):
		ours = true
	case s.is("a give-back frees nothing") && giveBack:
		ours = false
	}
	if !r.held || !ours {
		return false, nil
	}
	r.held, r.before = s.is("a release is told and not kept"), r.lease
	return true, nil
}

func (s *loose) Revoke(_ context.Context, election string, fence uint64) (bool, error) {
	r, _ := s.begin(election)
	defer s.mu.Unlock()
	if !r.held || (r.lease.Fence != fence && !s.is("a revocation compares nothing")) {
		return false, nil
	}
	r.lease.Revoked = true
	if s.is("a revocation frees") {
		r.held = false
	}
	return true, nil
}

func (s *loose) Get(_ context.Context, election string) (stores.Lease, error) {
	r, now := s.begin(election)
	defer s.mu.Unlock()
	r.reads++
	stale := r.reads%4 == 0 && r.before.Fence > 0
	switch {
	case stale && s.is("a read is stale"), stale && !r.held && s.is("a read after the end is stale"):
		return r.before, nil
	case !r.held:
		return stores.Lease{}, stores.ErrVacant
	default:
		return s.view(r, now), nil
	}
}

func (s *loose) List(_ context.Context, prefix string) (leases []stores.Lease, err error) {
	s.mu.Lock()
	names := []string{}
	for name := range s.rows {
		names = append(names, name)
	}
	s.mu.Unlock()
	slices.Sort(names)
	for _, name := range names {
		r, now := s.begin(name)
		over := s.is("a list holds what is over") && r.lease.Fence > 0
		if strings.HasPrefix(name, prefix) && (r.held || over) && !(s.is("a list leaves one out") && len(leases) > 0) {
			leases = append(leases, s.view(r, now))
		}
		s.mu.Unlock()
	}
	return leases, nil
}
