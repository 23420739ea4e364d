package storetest

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/tenure-go/tenure/stores"
)

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
	s.twoSteps("Acquire", req.Election, r, req.Attempt.Number+1)
	live := s.live(r)
	if live && !s.mayReplace(r, req) && ctx.Value(compared) == nil {
		return s.held(r, req)
	}
	s.grant(ctx, r, live, req)
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

func (s *breakable) grant(ctx context.Context, r *record, replaced bool, req stores.AcquireRequest) {
	fence, byCaller := ctx.Value(minted).(uint64)
	if !byCaller {
		fence = s.mint(r, req)
	}
	if replaced && s.is("a replacement keeps the fence") {
		fence = r.lease.Fence
	}
	stays := r.lease.Revoked && s.is("a revocation stays with the election")
	if replaced {
		r.before, r.replaced = r.lease, r.lease
	}
	r.last, r.asked, r.end, r.over = fence, req.Lease, s.from(ctx).Add(req.Lease), false
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
