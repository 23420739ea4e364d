package storetest

import (
	"cmp"
	"context"
	"errors"
	"math"
	"time"

	"github.com/tenure-go/tenure/stores"
)

func (s *breakable) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	if err := cmp.Or(s.valid("Renew", req.Validate()), s.ended(ctx)); err != nil {
		return stores.Lease{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.record(req.Election)
	s.twoSteps("Renew", req.Election, r, uint64(req.Lease))
	blind := ctx.Value(compared) != nil && r.lease.Fence != 0
	ours := s.renewable(r, req.Tenure) || blind
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
	s.extend(ctx, r, req.Lease)
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

func (s *breakable) extend(ctx context.Context, r *record, lease time.Duration) {
	end := s.from(ctx).Add(lease)
	r.over = false
	switch {
	case s.is("a renewal changes nothing"):
	case s.is("a renewal counts from the end"):
		r.end = r.end.Add(lease)
	case s.is("a renewal shortens"), end.After(r.end), ctx.Value(compared) != nil:
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
	s.twoSteps("Release", election, r, s.crowd.releaseRank())
	blind := ctx.Value(compared) != nil && s.live(r)
	if !s.releasable(r, tenure) && !blind {
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
	s.given[tenure.Attempt] = tenure.Fence == 0
	r.before = r.lease
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
	case giveBack && s.given[tenure.Attempt] && s.is("a give-back of an attempt works once"):
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
	s.twoSteps("Revoke", election, r, math.MaxUint64)
	blind := ctx.Value(compared) != nil || s.is("a revocation does not compare the fence")
	if !s.live(r) || (r.lease.Fence != fence && !blind) {
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
