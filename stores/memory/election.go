package memory

import (
	"errors"
	"maps"
	"math"
	"strings"
	"time"

	"github.com/tenure-go/tenure/stores"
)

var errFencesExhausted = errors.New("tenure: the election has used up its fences: the next would exceed 2^63-1")

// election is all that is known of one name. Its last fence outlives every lease.
type election struct {
	last     uint64 // the highest fence minted
	held     bool
	lease    stores.Lease // while held; its metadata is never written to, only replaced
	end      time.Time    // when the lease is over
	span     time.Duration
	watchers map[chan stores.Notice]struct{}
}

// live returns the election if its lease is live. A lease seen to be over is dropped, so that nobody who was told so is
// contradicted by a clock that steps back.
func (sh *shard) live(now time.Time, name string) *election {
	e := sh.elections[name]
	if e == nil || !e.held {
		return nil
	}
	if !now.Before(e.end) {
		e.vacate()
		return nil
	}
	return e
}

// entry returns what is known of the election, which is nothing for a new name.
func (sh *shard) entry(name string) *election {
	e := sh.elections[name]
	if e != nil {
		return e
	}
	if sh.elections == nil {
		sh.elections = map[string]*election{}
	}
	e = &election{}
	sh.elections[name] = e
	return e
}

// acquire returns the lease as it stands after the call, and whether it is the attempt's.
func (sh *shard) acquire(clock func() time.Time, req stores.AcquireRequest) (stores.Lease, bool, error) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	now := clock()
	if err := checkClaim(now, req); err != nil {
		return stores.Lease{}, false, err
	}
	if e := sh.live(now, req.Election); e != nil {
		own := e.lease.Attempt.Incarnation == req.Attempt.Incarnation
		switch {
		case own && e.lease.Attempt.Number == req.Attempt.Number:
			return e.view(now), true, nil
		case !own || e.lease.Attempt.Number > req.Attempt.Number:
			return e.view(now), false, nil
		}
	}
	e := sh.entry(req.Election)
	fence, err := mint(now, e.last, req.HighestFence)
	if err != nil {
		return stores.Lease{}, false, err
	}
	e.grant(now, fence, req)
	return e.view(now), true, nil
}

func (sh *shard) renew(clock func() time.Time, req stores.RenewRequest) (stores.Lease, error) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	now := clock()
	e := sh.live(now, req.Election)
	ours := e != nil && e.lease.Tenure == req.Tenure
	if !ours || e.lease.Revoked {
		return stores.Lease{}, &stores.LostError{Election: req.Election, Tenure: req.Tenure, Revoked: ours}
	}
	if end := now.Add(req.Lease); end.After(e.end) {
		e.end, e.span = end, req.Lease
	}
	e.publishHeld(now)
	return e.view(now), nil
}

func (sh *shard) release(clock func() time.Time, name string, tenure stores.Tenure) bool {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	e := sh.live(clock(), name)
	if e == nil {
		return false
	}
	// Fence 0 is a give-back: the attempt's lease is freed, whatever fence it won.
	if e.lease.Attempt != tenure.Attempt || (tenure.Fence != 0 && e.lease.Fence != tenure.Fence) {
		return false
	}
	e.vacate()
	e.publishVacated()
	return true
}

func (sh *shard) revoke(clock func() time.Time, name string, fence uint64) bool {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	e := sh.live(clock(), name)
	if e == nil || e.lease.Fence != fence {
		return false
	}
	e.lease.Revoked = true
	return true
}

func (sh *shard) get(clock func() time.Time, name string) (stores.Lease, bool) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	now := clock()
	e := sh.live(now, name)
	if e == nil {
		return stores.Lease{}, false
	}
	return e.view(now), true
}

func (sh *shard) list(clock func() time.Time, prefix string, leases []stores.Lease) []stores.Lease {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	now := clock()
	for name := range sh.elections {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		if e := sh.live(now, name); e != nil {
			leases = append(leases, e.view(now))
		}
	}
	return leases
}

func (e *election) grant(now time.Time, fence uint64, req stores.AcquireRequest) {
	e.last, e.held = fence, true
	e.end, e.span = now.Add(req.Lease), req.Lease
	e.lease = stores.Lease{
		Election:    req.Election,
		Participant: req.Participant,
		Tenure:      stores.Tenure{Attempt: req.Attempt, Fence: fence},
		Metadata:    maps.Clone(req.Metadata),
		// Without the monotonic reading and in one zone, so that equal instants are equal values.
		AcquiredAt: now.Round(0).UTC(),
	}
	e.publishHeld(now)
}

func (e *election) vacate() {
	e.held, e.lease = false, stores.Lease{}
}

// view returns the lease as it stands. It shares its metadata with the store: whoever hands it out clones it, outside
// the lock. The time left is never above what was asked for, also if the clock has stepped back.
func (e *election) view(now time.Time) stores.Lease {
	lease := e.lease
	lease.TimeLeft = min(e.end.Sub(now), e.span)
	return lease
}

// checkClaim refuses a candidate's claim that would push the fences of the election far ahead of every clock.
func checkClaim(now time.Time, req stores.AcquireRequest) error {
	limit := micros(now) + uint64(stores.MaxFenceAhead.Microseconds())
	if req.HighestFence > limit {
		return &stores.FenceClaimError{Election: req.Election, Claimed: req.HighestFence, Limit: limit}
	}
	return nil
}

// mint returns the fence of a new tenure. The clock keeps fences growing over a restart, which forgets the last one.
func mint(now time.Time, last, claimed uint64) (uint64, error) {
	highest := max(last, claimed)
	if highest >= math.MaxInt64 {
		return 0, errFencesExhausted
	}
	return max(highest+1, micros(now)), nil
}

// micros is the clock as a fence: at least 1, also on a clock that was never set.
func micros(now time.Time) uint64 {
	return uint64(max(now.UnixMicro(), 1))
}
