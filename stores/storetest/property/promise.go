package property

import (
	"maps"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/stores"
)

// window is when something happens, as far as can be told from outside.
type window struct{ early, late time.Duration }

func (w window) plus(d time.Duration) window { return window{w.early + d, w.late + d} }

// promise is what the answers of one election's calls have promised so far: who holds it until when, and under which
// fence. It is built from the contract and from answers alone, and knows nothing of how a store works.
type promise struct {
	held    bool
	lease   stores.Lease // its fence is 0, and AcquiredAt not known, until an answer tells: the grant's own was lost
	until   window
	highest uint64 // the highest fence of any tenure or, where it was not told, the lowest that it can be
	lost    bool   // it is not known what holds: the next look tells
}

// call is one call with what came of it.
type call struct {
	asked    string
	election string
	do       func(via) (told, error)
	// effect is what the contract says of the call when it is carried out within the window, and answer is held against it.
	effect func(p *promise, when window, a *answer)
}

// told is what a call returned: a lease, or yes or no.
type told struct {
	lease stores.Lease
	yes   bool
}

// answer is how a call was answered; nil is no answer.
type answer struct {
	told
	err error
	t   *rapid.T
	tol time.Duration
}

// grant begins a tenure.
func (p *promise) grant(req stores.AcquireRequest, when window, a *answer) {
	above := max(p.highest, req.HighestFence)
	*p = promise{
		held: true, until: when.plus(req.Lease), highest: above + 1,
		lease: stores.Lease{
			Election: req.Election, Participant: req.Participant, Tenure: stores.Tenure{Attempt: req.Attempt},
			Metadata: maps.Clone(req.Metadata),
		},
	}
	if a != nil {
		require.NoError(a.t, a.err, "a vacant election was not granted")
		p.shows(a.t, a.lease, when, a.tol)
	}
}

// shows requires that a lease is the one that was promised.
func (p *promise) shows(t *rapid.T, got stores.Lease, when window, tol time.Duration) {
	require.True(t, p.held, "a lease where none was promised: %v", got)
	if p.lease.Fence == 0 {
		require.GreaterOrEqual(t, got.Fence, p.highest, "the fence does not grow")
		p.lease.Fence, p.lease.AcquiredAt, p.highest = got.Fence, got.AcquiredAt, got.Fence
	}
	require.Equal(t, p.lease.Tenure, got.Tenure)
	require.Equal(t, p.lease.Participant, got.Participant)
	require.Equal(t, p.lease.Revoked, got.Revoked, "whether it is revoked")
	require.True(t, maps.Equal(p.lease.Metadata, got.Metadata), "metadata was %v and is %v", p.lease.Metadata, got.Metadata)
	require.True(t, p.lease.AcquiredAt.Equal(got.AcquiredAt), "AcquiredAt changed")
	require.GreaterOrEqual(t, got.TimeLeft, max(p.until.early-when.late-tol, 0), "the lease ends too early")
	require.LessOrEqual(t, got.TimeLeft, p.until.late-when.early+tol, "the lease ends too late")
}

// over forgets a lease whose time has passed.
func (p *promise) over(now window, tol time.Duration) {
	if p.held && now.early >= p.until.late+tol {
		p.vacate()
	}
}

func (p *promise) vacate() { *p = promise{highest: p.highest} }

// unsure tells that the lease may or may not end while a call is made.
func (p *promise) unsure(when window, tol time.Duration) bool {
	return p.held && when.late >= p.until.early-tol && when.early < p.until.late+tol
}

// adopt believes what is seen.
func (p *promise) adopt(got stores.Lease, live bool, when window) {
	highest := p.highest
	*p = promise{highest: max(highest, got.Fence), held: live, lease: got.Clone(), until: when.plus(got.TimeLeft)}
}
