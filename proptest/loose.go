package proptest

import (
	"context"
	"errors"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// looseStore keeps the lease of the one election as the contract in package stores says, in as few words as possible.
// Each of its rules can be loosened, which plants a fault. With none loosened it is a second opinion on stores/memory:
// the same seed gives the same transcript on both.
type looseStore struct {
	now     func() time.Time
	notices chan stores.Notice

	held  bool
	lease stores.Lease
	end   time.Time
	last  uint64

	// The rules that are loosened.
	grantsAll, grantsNamesakes, keepsFence, neverExpires, grantsAnew, tellsMore bool
	startsAgain, noFloor, noClaims, recreates, releasesNamesakes, silent        bool

	// names are the participants of the incarnations that ever held the lease.
	names                                                                           map[string]string
	releasesAll, releasesIncarnation, renewsAll, renewsExpired, renewsRevoked, cuts bool
}

func (s *looseStore) live() bool {
	if s.held && !s.now().Before(s.end) && !s.neverExpires {
		s.held = false
	}
	return s.held
}

func (s *looseStore) view() stores.Lease {
	lease := s.lease
	lease.TimeLeft = s.end.Sub(s.now())
	return lease
}

func (s *looseStore) publish(n stores.Notice) {
	select {
	case <-s.notices:
	default:
	}
	s.notices <- n
}

// Acquire implements [stores.Store].
func (s *looseStore) Acquire(_ context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	if s.live() && !s.grantsAll {
		own := s.lease.Incarnation == req.Attempt.Incarnation
		switch {
		case s.lease.Attempt == req.Attempt:
			lease := s.view()
			if s.grantsAnew {
				lease.TimeLeft = req.Lease
			}
			return lease, nil
		case own && s.lease.Number < req.Attempt.Number, s.grantsNamesakes && s.lease.Participant == req.Participant:
		default:
			lease := s.view()
			if s.tellsMore {
				lease.TimeLeft *= 2
			}
			return stores.Lease{}, &stores.HeldError{Lease: lease}
		}
	}
	now := s.now()
	switch {
	case s.startsAgain && !s.held:
		s.last = 1
	case !s.keepsFence || s.last == 0:
		s.last = s.mint(now, req.HighestFence)
	}
	if s.releasesNamesakes {
		if s.names == nil {
			s.names = map[string]string{}
		}
		s.names[req.Attempt.Incarnation] = req.Participant
	}
	s.held, s.end = true, now.Add(req.Lease)
	s.lease = stores.Lease{
		Election: req.Election, Participant: req.Participant, AcquiredAt: now,
		Tenure: stores.Tenure{Attempt: req.Attempt, Fence: s.last},
	}
	s.publish(stores.Notice{Kind: stores.NoticeHeld, Lease: s.view()})
	return s.view(), nil
}

// mint returns the fence of a new tenure. Without a floor fences are counted, as from a store that has no clock.
func (s *looseStore) mint(now time.Time, claimed uint64) uint64 {
	fence := s.last + 1
	if !s.noFloor {
		fence = max(fence, uint64(now.UnixMicro())) //nolint:gosec // after 1970
	}
	if !s.noClaims {
		fence = max(fence, claimed+1)
	}
	return fence
}

// Renew implements [stores.Store].
func (s *looseStore) Renew(_ context.Context, req stores.RenewRequest) (stores.Lease, error) {
	ours := s.live() && s.lease.Tenure == req.Tenure
	switch {
	case ours && (!s.lease.Revoked || s.renewsRevoked):
	case s.renewsAll && s.held:
	case s.recreates && !s.held:
		s.held, s.lease.Tenure, s.last = true, req.Tenure, max(s.last, req.Tenure.Fence)
	case s.renewsExpired && !s.held && s.lease.Tenure == req.Tenure:
		s.held = true
	default:
		return stores.Lease{}, &stores.LostError{Election: req.Election, Tenure: req.Tenure, Revoked: ours}
	}
	if end := s.now().Add(req.Lease); end.After(s.end) {
		s.end = end
	}
	if s.cuts {
		s.end = s.now().Add(req.Lease / 2)
	}
	s.publish(stores.Notice{Kind: stores.NoticeHeld, Lease: s.view()})
	lease := s.view()
	lease.Tenure = req.Tenure
	return lease, nil
}

// Release implements [stores.Store].
func (s *looseStore) Release(_ context.Context, _ string, t stores.Tenure) (bool, error) {
	ours := s.lease.Attempt == t.Attempt && (t.Fence == 0 || t.Fence == s.lease.Fence)
	own := s.releasesIncarnation && s.lease.Incarnation == t.Incarnation
	own = own || s.releasesNamesakes && s.names[t.Incarnation] == s.lease.Participant
	if !s.live() || !ours && !own && !s.releasesAll {
		return false, nil
	}
	s.held = false
	if !s.silent {
		s.publish(stores.Notice{Kind: stores.NoticeVacated})
	}
	return true, nil
}

// Revoke implements [stores.Store].
func (s *looseStore) Revoke(_ context.Context, _ string, fence uint64) (bool, error) {
	if !s.live() || s.lease.Fence != fence {
		return false, nil
	}
	s.lease.Revoked = true
	return true, nil
}

// Get implements [stores.Store].
func (s *looseStore) Get(context.Context, string) (stores.Lease, error) {
	if !s.live() {
		return stores.Lease{}, stores.ErrVacant
	}
	return s.view(), nil
}

// List implements [stores.Store]; nobody here asks for it.
func (s *looseStore) List(context.Context, string) ([]stores.Lease, error) {
	return nil, errors.ErrUnsupported
}

// Watch implements [stores.Watcher] for one watcher.
func (s *looseStore) Watch(context.Context, string) (<-chan stores.Notice, error) {
	s.notices = make(chan stores.Notice, 1)
	return s.notices, nil
}
