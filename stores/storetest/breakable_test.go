package storetest

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
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

	racers int           // for a fault: how many have raced,
	meet   chan struct{} // and where the first waits for the second
}

type record struct {
	lease stores.Lease
	over  bool // it was seen to be
	end   time.Time
	asked time.Duration
	last  uint64
}

func newBreakable(fault string) *breakable {
	return &breakable{
		fault: fault, now: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC), known: map[string]*record{},
		heard: map[string][]subscription{}, meet: make(chan struct{}),
	}
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

func (s *breakable) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	invalid := s.valid("Acquire", req.Validate())
	if s.is("names end at 64 bytes") && len(req.Election) > 64 && invalid == nil {
		invalid = &stores.InvalidError{Field: "election", Value: req.Election, Reason: "too long"}
	}
	if err := cmp.Or(invalid, s.ended(ctx)); err != nil && !s.is("Acquire validates after the grant") {
		return stores.Lease{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.record(req.Election)
	if err := s.claim(r, req); err != nil {
		return stores.Lease{}, err
	}
	live := s.live(r)
	s.race(req.Election)
	if live && !s.mayReplace(r, req) {
		return s.held(r, req)
	}
	s.grant(r, live, req)
	if s.is("an acquire whose context ends is taken back") && ctx.Err() != nil {
		r.lease.Fence = 0
		return stores.Lease{}, ctx.Err()
	}
	return s.view(r), invalid
}

func (s *breakable) claim(r *record, req stores.AcquireRequest) error {
	limit := micros(s.now.Add(stores.MaxFenceAhead))
	if s.is("a claim of an hour ahead is refused") {
		limit = micros(s.now.Add(time.Minute))
	}
	if req.HighestFence <= limit || s.is("a claim is never refused") {
		return nil
	}
	if s.is("a refused claim raises the fence") {
		r.last = limit
	}
	if s.is("a refused claim frees the lease") {
		r.lease.Fence = 0
	}
	if s.is("a refused claim is an untyped error") {
		return errors.New("a claim too far ahead")
	}
	return &stores.FenceClaimError{Election: req.Election, Claimed: req.HighestFence, Limit: limit}
}

// race lets two racers both see a vacant election, if that is the fault.
func (s *breakable) race(election string) {
	if !s.is("looks and grants in two steps") || election != raced {
		return
	}
	s.racers++
	switch s.racers {
	case 1:
		s.mu.Unlock()
		<-s.meet
		s.mu.Lock()
	case 2:
		close(s.meet)
	}
}

// mayReplace tells whether an acquire takes over the live lease.
func (s *breakable) mayReplace(r *record, req stores.AcquireRequest) bool {
	own := r.lease.Incarnation == req.Attempt.Incarnation
	if s.is("goes by participant, not by incarnation") {
		own = r.lease.Participant == req.Participant
	}
	have, asks := r.lease.Number, req.Attempt.Number
	switch {
	case s.is("everybody is granted"):
		return true
	case own && asks == have:
		return s.is("a repeat mints a fence")
	case own && asks > have:
		return !s.is("a higher attempt of the holder is refused")
	default:
		return own && s.is("a lower attempt is granted")
	}
}

// held answers an acquire that grants nothing new.
func (s *breakable) held(r *record, req stores.AcquireRequest) (stores.Lease, error) {
	if r.lease.Attempt != req.Attempt {
		if s.is("a refused acquire extends the lease") {
			r.end = s.now.Add(req.Lease)
		}
		if s.is("a refusal does not tell of the lease") {
			return stores.Lease{}, &stores.HeldError{}
		}
		return stores.Lease{}, &stores.HeldError{Lease: s.view(r)}
	}
	switch end := s.now.Add(req.Lease); {
	case s.is("a repeat sets the end"), s.is("a repeat extends") && end.After(r.end):
		r.end = end
	case s.is("a repeat sets acquired-at"):
		r.lease.AcquiredAt = s.now
	case s.is("a repeat sets the metadata"):
		r.lease.Metadata = req.Metadata
	case s.is("a repeat clears a revocation"):
		r.lease.Revoked = false
	case s.is("a repeat is news"):
		s.publish(r.lease.Election, stores.Notice{Kind: stores.NoticeHeld, Lease: s.view(r)})
	}
	return s.view(r), nil
}

func (s *breakable) grant(r *record, replaced bool, req stores.AcquireRequest) {
	fence := s.mint(r, req)
	if replaced && s.is("a replacement keeps the fence") {
		fence = r.lease.Fence
	}
	stays := r.lease.Revoked && s.is("a revocation stays with the election")
	r.last, r.asked, r.end, r.over = fence, req.Lease, s.now.Add(req.Lease), false
	if s.is("grants more than asked") {
		r.asked, r.end = 2*req.Lease, s.now.Add(2*req.Lease)
	}
	r.lease = stores.Lease{
		Election: req.Election, Participant: req.Participant, AcquiredAt: s.now, Metadata: maps.Clone(req.Metadata),
		Tenure: stores.Tenure{Attempt: req.Attempt, Fence: fence}, Revoked: stays,
	}
	switch {
	case s.is("trims blanks"):
		r.lease.Participant = strings.TrimSpace(req.Participant)
	case s.is("metadata is shared on its way in"):
		r.lease.Metadata = req.Metadata
	case s.is("acquired-at is zero"):
		r.lease.AcquiredAt = time.Time{}
	}
	if !s.is("no notice of grants and renewals") {
		s.publish(req.Election, stores.Notice{Kind: stores.NoticeHeld, Lease: s.view(r)})
	}
}

func (s *breakable) mint(r *record, req stores.AcquireRequest) uint64 {
	last, claimed, clock := r.last, req.HighestFence, micros(s.now)
	switch {
	case s.is("the fence is reset at the end of a lease") && !s.live(r):
		last = 0
	case s.is("the highest fence seen is ignored"):
		claimed = 0
	case s.is("the fence is a plain counter"):
		clock = 1
	case s.is("the fence is the clock"):
		return clock
	}
	return max(last+1, claimed+1, clock)
}

func (s *breakable) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	if err := cmp.Or(s.valid("Renew", req.Validate()), s.ended(ctx)); err != nil {
		return stores.Lease{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.record(req.Election)
	ours := s.renewable(r, req.Tenure)
	if !ours || (r.lease.Revoked && !s.is("a revocation is ignored")) {
		lost := &stores.LostError{Election: req.Election, Tenure: req.Tenure, Revoked: ours}
		switch {
		case s.is("a loss does not tell of a revocation"):
			lost.Revoked = false
		case s.is("a loss tells of the tenure that holds"):
			lost.Tenure = r.lease.Tenure
		}
		return stores.Lease{}, lost
	}
	s.extend(r, req.Lease)
	if s.is("a renewal whose context ends is taken back") && ctx.Err() != nil {
		r.end = s.now
		return stores.Lease{}, ctx.Err()
	}
	if !s.is("no notice of grants and renewals") {
		s.publish(req.Election, stores.Notice{Kind: stores.NoticeHeld, Lease: s.view(r)})
	}
	return s.view(r), nil
}

// renewable tells whether a renewal finds its tenure.
func (s *breakable) renewable(r *record, tenure stores.Tenure) bool {
	live, have := s.live(r), r.lease.Tenure
	switch {
	case s.is("a renewal revives an expired lease"):
		return have == tenure
	case s.is("a renewal compares nothing"):
		return live
	case s.is("a renewal compares the incarnation only"):
		return live && have.Incarnation == tenure.Incarnation
	case s.is("a renewal does not compare the fence"):
		return live && have.Attempt == tenure.Attempt
	default:
		return live && have == tenure
	}
}

func (s *breakable) extend(r *record, lease time.Duration) {
	end := s.now.Add(lease)
	r.over = false
	switch {
	case s.is("a renewal changes nothing"):
	case s.is("a renewal counts from the end"):
		r.end = r.end.Add(lease)
	case s.is("a renewal shortens"), end.After(r.end):
		r.end, r.asked = end, lease
	}
	switch {
	case s.is("a renewal sets acquired-at"):
		r.lease.AcquiredAt = s.now
	case s.is("a renewal drops the metadata"):
		r.lease.Metadata = nil
	}
}

func (s *breakable) Release(ctx context.Context, election string, tenure stores.Tenure) (bool, error) {
	if err := cmp.Or(s.valid("Release", stores.ValidateRelease(election, tenure)), s.ended(ctx)); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.record(election)
	if !s.releasable(r, tenure) {
		if s.is("a release that frees nothing is news") {
			s.publish(election, stores.Notice{Kind: stores.NoticeVacated})
		}
		if s.is("a second release is an error") {
			return false, errors.New("not held")
		}
		return s.is("a release says that it freed what it did not"), nil
	}
	if s.is("a release frees nothing") || s.is("a release whose context ends is taken back") && ctx.Err() != nil {
		return true, nil
	}
	if r.lease.Fence = 0; s.is("a release forgets the last fence") {
		r.last = 0
	}
	if !s.is("no notice of a release") {
		s.publish(election, stores.Notice{Kind: stores.NoticeVacated})
	}
	return true, nil
}

// releasable tells whether a release finds its tenure.
func (s *breakable) releasable(r *record, tenure stores.Tenure) bool {
	live, have, giveBack := s.live(r), r.lease.Tenure, tenure.Fence == 0
	attempt := have.Attempt == tenure.Attempt
	switch {
	case s.is("a release frees what has expired") && attempt:
		return have.Fence == tenure.Fence && have.Fence != 0
	case s.is("a release compares nothing"):
		return live
	case s.is("a release compares the incarnation only"):
		return live && have.Incarnation == tenure.Incarnation
	case s.is("a release compares the attempt only"):
		return live && attempt
	case s.is("a revoked tenure is not released") && r.lease.Revoked:
		return false
	case giveBack && s.is("a give-back frees nothing"):
		return false
	case giveBack && s.is("a give-back goes by incarnation"):
		return live && have.Incarnation == tenure.Incarnation
	default:
		return live && attempt && (giveBack || have.Fence == tenure.Fence)
	}
}

func (s *breakable) Revoke(ctx context.Context, election string, fence uint64) (bool, error) {
	if err := cmp.Or(s.valid("Revoke", stores.ValidateRevoke(election, fence)), s.ended(ctx)); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.record(election)
	if !s.live(r) || (r.lease.Fence != fence && !s.is("a revocation does not compare the fence")) {
		return false, nil
	}
	r.lease.Revoked = true
	switch {
	case s.is("a revocation frees the lease"):
		r.lease.Fence = 0
	case s.is("a revoked lease never ends"):
		r.end = time.Unix(math.MaxInt32, 0)
	}
	return true, nil
}

// advance moves the store's clock and reads it.
func (s *breakable) advance(d time.Duration) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
	return s.now
}
