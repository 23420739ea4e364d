package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
)

// long is a lease that does not end during a check unless the check lets its time pass.
const long = time.Minute

// bench is what a check works on: a fresh store, its clock, and assertions.
type bench struct {
	*require.Assertions
	reporter
	h     Harness
	t     *testing.T // for the harness; checks report to the reporter
	ctx   context.Context
	store stores.Store

	begun   time.Time     // without Advance: where now counts from
	passed  time.Duration // with Advance: by how much the clock was moved
	stepped time.Duration // by how much it was set

	tolerance time.Duration
	short     time.Duration // a lease that ends soon
	tick      time.Duration // a time that passes, well below long
}

func newBench(ctx context.Context, t *testing.T, r reporter, h Harness) *bench {
	b := &bench{
		Assertions: require.New(r), reporter: r, h: h, t: t, ctx: ctx, store: h.New(t), begun: time.Now(),
		tolerance: h.Tolerance, short: 100 * time.Millisecond, tick: 20 * time.Millisecond,
	}
	if h.Advance != nil {
		b.short, b.tick = time.Second, 10*time.Second
	} else if b.tolerance == 0 {
		b.tolerance = 20 * time.Millisecond
	}
	if b.h.Patience == 0 {
		b.h.Patience = 10 * time.Second
	}
	b.NotNil(b.store, "Harness.New returned nil")
	return b
}

// now is the time that has passed on the store's clock.
func (b *bench) now() time.Duration {
	if b.h.Advance != nil {
		return b.passed
	}
	return time.Since(b.begun)
}

// pass lets d pass on the store's clock.
func (b *bench) pass(d time.Duration) {
	if b.h.Advance != nil {
		b.h.Advance(b.t, d)
		b.passed += d
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-b.ctx.Done():
	}
}

// passEnd lets time pass until a lease must be over.
func (b *bench) passEnd(ends window) {
	b.pass(ends.late - b.now() + b.tolerance + time.Millisecond)
}

// clock reads the store's clock; the slack is by how much it may be off.
func (b *bench) clock() (now time.Time, slack time.Duration) {
	b.Helper()
	switch {
	case b.h.Now != nil:
		return b.h.Now(b.t), b.tolerance
	case b.h.Advance != nil:
		b.Skipf("the harness gives no reading of the clock that it moves")
		return time.Time{}, 0
	default:
		return time.Now(), time.Minute
	}
}

// window is when a lease ends, as far as can be told from outside: the store counted from an instant between the
// sending of the call and its answer.
type window struct{ early, late time.Duration }

// seen is a lease that a call answered with, and when the call was sent and answered.
type seen struct {
	stores.Lease
	sent, got time.Duration
}

// ends is the end of a lease that this very call set.
func (s seen) ends(asked time.Duration) window {
	return window{early: s.sent + asked, late: s.got + asked}
}

// see makes a call that answers with a lease.
func (b *bench) see(call func() (stores.Lease, error)) (seen, error) {
	s := seen{sent: b.now()}
	lease, err := call()
	s.got, s.Lease = b.now(), lease
	return s, err
}

// request is an acquire of the given attempt of a participant's first run.
func request(election, participant string, attempt uint64) stores.AcquireRequest {
	return stores.AcquireRequest{
		Election: election, Participant: participant, Lease: long,
		Attempt: stores.Attempt{Incarnation: "first run of " + participant, Number: attempt},
	}
}

// with returns the request with another lease time.
func with(req stores.AcquireRequest, lease time.Duration) stores.AcquireRequest {
	req.Lease = lease
	return req
}

// acquire makes an acquire that must be granted.
func (b *bench) acquire(req stores.AcquireRequest) seen {
	b.Helper()
	s, err := b.see(func() (stores.Lease, error) { return b.store.Acquire(b.ctx, req) })
	b.NoError(err, "Acquire was not granted")
	b.Equal(req.Election, s.Election, "Election of the lease granted")
	b.Equal(req.Attempt, s.Attempt, "attempt of the lease granted")
	b.NotZero(s.Fence, "fence of the lease granted")
	return s
}

// refused makes an acquire that must be refused, and returns the lease that the refusal tells of.
func (b *bench) refused(req stores.AcquireRequest) seen {
	b.Helper()
	s, err := b.see(func() (stores.Lease, error) { return b.store.Acquire(b.ctx, req) })
	b.ErrorIs(err, stores.ErrHeld, "Acquire was not refused")
	var held *stores.HeldError
	b.ErrorAs(err, &held)
	s.Lease = held.Lease
	return s
}

// renew makes a renewal that must succeed.
func (b *bench) renew(of stores.Lease, lease time.Duration) seen {
	b.Helper()
	s, err := b.tryRenew(of.Election, of.Tenure, lease)
	b.NoError(err, "Renew was refused")
	b.Equal(of.Tenure, s.Tenure, "tenure of the lease renewed")
	return s
}

func (b *bench) tryRenew(election string, tenure stores.Tenure, lease time.Duration) (seen, error) {
	req := stores.RenewRequest{Election: election, Tenure: tenure, Lease: lease}
	return b.see(func() (stores.Lease, error) { return b.store.Renew(b.ctx, req) })
}

// lost makes a renewal that must be refused, and returns the refusal.
func (b *bench) lost(election string, tenure stores.Tenure) (refusal *stores.LostError) {
	b.Helper()
	_, err := b.tryRenew(election, tenure, long)
	b.ErrorIs(err, stores.ErrLost, "Renew was not refused")
	var lost *stores.LostError
	b.ErrorAs(err, &lost)
	b.Equal(election, lost.Election, "Election of the LostError")
	b.Equal(tenure, lost.Tenure, "Tenure of the LostError")
	return lost
}

// release makes a release that must answer as given.
func (b *bench) release(election string, tenure stores.Tenure, want bool) {
	b.Helper()
	freed, err := b.store.Release(b.ctx, election, tenure)
	b.NoError(err, "Release")
	b.Equal(want, freed, "whether Release freed a lease")
}

func (b *bench) revoke(election string, fence uint64, want bool) {
	b.Helper()
	found, err := b.store.Revoke(b.ctx, election, fence)
	b.NoError(err, "Revoke")
	b.Equal(want, found, "whether Revoke found the live lease")
}

func (b *bench) get(election string) seen {
	b.Helper()
	s, err := b.see(func() (stores.Lease, error) { return b.store.Get(b.ctx, election) })
	b.NoError(err, "Get")
	return s
}

// look returns the election's lease, and whether there is one.
func (b *bench) look(election string) (s seen, live bool) {
	b.Helper()
	s, err := b.see(func() (stores.Lease, error) { return b.store.Get(b.ctx, election) })
	if errors.Is(err, stores.ErrVacant) {
		return seen{}, false
	}
	b.NoError(err, "Get")
	return s, true
}

func (b *bench) vacant(election string) {
	b.Helper()
	_, err := b.store.Get(b.ctx, election)
	b.ErrorIs(err, stores.ErrVacant, "election %q is not vacant", election)
}

// names lists the elections whose names begin with prefix.
func (b *bench) names(prefix string) []string {
	b.Helper()
	leases, err := b.store.List(b.ctx, prefix)
	b.NoError(err, "List")
	names := []string{}
	for _, lease := range leases {
		names = append(names, lease.Election)
	}
	return names
}

// requireLeft requires the time left of a lease that ends within the window.
func (b *bench) requireLeft(s seen, ends window) {
	b.Helper()
	b.GreaterOrEqual(s.TimeLeft, ends.early-s.got-b.tolerance, "the lease ends too early")
	b.LessOrEqual(s.TimeLeft, ends.late-s.sent+b.tolerance, "the lease ends too late")
	b.GreaterOrEqual(s.TimeLeft, time.Duration(0), "time left is negative")
}

// requireSame requires two answers to tell of one lease, time left aside. That metadata is never nil, another check sees
// to.
func (b *bench) requireSame(want, got stores.Lease) {
	b.Helper()
	want, got = want.Clone(), got.Clone()
	b.True(want.AcquiredAt.Equal(got.AcquiredAt), "AcquiredAt was %v and is %v", want.AcquiredAt, got.AcquiredAt)
	want.AcquiredAt, got.AcquiredAt = time.Time{}, time.Time{}
	want.TimeLeft, got.TimeLeft = 0, 0
	b.Equal(want, got, "the lease")
}

// unchanged requires that the election's lease is still the one given, with the same end.
func (b *bench) unchanged(want stores.Lease, ends window) {
	b.Helper()
	now := b.get(want.Election)
	b.requireSame(want, now.Lease)
	b.requireLeft(now, ends)
}
