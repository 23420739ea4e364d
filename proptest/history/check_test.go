package history_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/proptest/history"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
)

const ms = time.Millisecond

var errLost = errors.New("no answer")

// script is a store that answers as it is told to, whatever it is asked, while its clock goes on.
type script struct {
	stores.Store
	clock
	lease stores.Lease
	took  time.Duration // by the next call
	err   error
}

func (s *script) Acquire(context.Context, stores.AcquireRequest) (stores.Lease, error) {
	s.pass(s.took)
	return s.lease, s.err
}

func (s *script) Get(context.Context, string) (stores.Lease, error) {
	s.pass(s.took)
	return s.lease, s.err
}

func (s *script) Renew(context.Context, stores.RenewRequest) (stores.Lease, error) {
	s.pass(s.took)
	return s.lease, s.err
}

// teller writes histories by hand.
type teller struct {
	*script
	t        *testing.T
	recorded stores.Store
	recorder history.Recorder
}

func tell(t *testing.T) *teller {
	x := &teller{script: &script{}, t: t}
	x.recorder.Now = x.passed
	x.recorded = x.recorder.Wrap(x.script)
	return x
}

func lease(who string, fence uint64, left time.Duration) stores.Lease {
	return stores.Lease{
		Election: "e", Participant: who, AcquiredAt: epoch, TimeLeft: left,
		Tenure: stores.Tenure{Attempt: stores.Attempt{Incarnation: who, Number: 1}, Fence: fence},
	}
}

func (x *teller) acquire(who string, took time.Duration, answer stores.Lease, err error) {
	x.lease, x.took, x.err = answer, took, err
	_, _ = x.recorded.Acquire(x.t.Context(), stores.AcquireRequest{
		Election: "e", Participant: who, Attempt: stores.Attempt{Incarnation: who, Number: 1}, Lease: 100 * ms,
	})
}

func (x *teller) get(took time.Duration, answer stores.Lease, err error) {
	x.lease, x.took, x.err = answer, took, err
	_, _ = x.recorded.Get(x.t.Context(), "e")
}

func (x *teller) renew(who string, fence uint64, took time.Duration, answer stores.Lease, err error) {
	x.lease, x.took, x.err = answer, took, err
	tenure := stores.Tenure{Attempt: stores.Attempt{Incarnation: who, Number: 1}, Fence: fence}
	_, _ = x.recorded.Renew(x.t.Context(), stores.RenewRequest{Election: "e", Tenure: tenure, Lease: 100 * ms})
}

// What real call times leave open is open, and no more: a lease that was asked for 100 ms in a call of 20 ms ends within
// 100 ms of its sending and of its answer.
func TestWhenALeaseCanEnd(t *testing.T) {
	none := stores.Lease{}
	for name, c := range map[string]struct {
		tolerance time.Duration
		drift     float64
		then      func(x *teller)
		ok        bool
	}{
		"vacant before it can end":     {then: func(x *teller) { x.pass(79 * ms); x.get(0, none, stores.ErrVacant) }},
		"vacant when it can have":      {then: func(x *teller) { x.pass(80 * ms); x.get(0, none, stores.ErrVacant) }, ok: true},
		"vacant within a tolerance":    {tolerance: ms, then: func(x *teller) { x.pass(79 * ms); x.get(0, none, stores.ErrVacant) }, ok: true},
		"vacant on a faster clock":     {drift: 0.01, then: func(x *teller) { x.pass(79 * ms); x.get(0, none, stores.ErrVacant) }, ok: true},
		"live when it still can be":    {then: func(x *teller) { x.pass(99 * ms); x.get(0, lease("a", 1, ms), nil) }, ok: true},
		"live when it no longer can":   {then: func(x *teller) { x.pass(100 * ms); x.get(0, lease("a", 1, ms), nil) }},
		"more left than there can be":  {then: func(x *teller) { x.pass(50 * ms); x.get(0, lease("a", 1, 51*ms), nil) }},
		"as much left as there can be": {then: func(x *teller) { x.pass(50 * ms); x.get(0, lease("a", 1, 50*ms), nil) }, ok: true},
		"as little as there can be":    {then: func(x *teller) { x.pass(50 * ms); x.get(0, lease("a", 1, 30*ms), nil) }, ok: true},
		"less left than there can be":  {then: func(x *teller) { x.pass(50 * ms); x.get(0, lease("a", 1, 29*ms), nil) }},
		// What one answer has told narrows what the next can tell, though either could stand alone.
		"two times that fit together": {then: func(x *teller) {
			x.get(0, lease("a", 1, 90*ms), nil)
			x.pass(50 * ms)
			x.get(0, lease("a", 1, 40*ms), nil)
		}, ok: true},
		"two times that do not": {then: func(x *teller) {
			x.get(0, lease("a", 1, 90*ms), nil)
			x.pass(50 * ms)
			x.get(0, lease("a", 1, 41*ms), nil)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			x := tell(t)
			x.acquire("a", 20*ms, lease("a", 1, 100*ms), nil)
			c.then(x)
			_, err := history.Check(x.recorder.History(), history.Options{Tolerance: c.tolerance, Drift: c.drift})
			if c.ok {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, history.ErrViolated)
			}
		})
	}
}

// A call without an answer explains what it can have done, once, and at any time since.
func TestWhatACallWithoutAnAnswerExplains(t *testing.T) {
	none := stores.Lease{}
	for name, c := range map[string]struct {
		story func(x *teller)
		ok    bool
	}{
		"it was granted": {func(x *teller) { x.acquire("a", 0, none, errLost); x.get(0, lease("a", 1, 100*ms), nil) }, true},
		"it was not":     {func(x *teller) { x.acquire("a", 0, none, errLost); x.acquire("b", 0, lease("b", 1, 100*ms), nil) }, true},
		"it was, late": {func(x *teller) {
			x.acquire("a", 0, none, errLost)
			x.acquire("b", 0, lease("b", 1, 100*ms), nil)
			x.pass(time.Hour)
			x.get(0, lease("a", 2, 100*ms), nil)
		}, true},
		"another was granted": {func(x *teller) { x.acquire("a", 0, none, errLost); x.get(0, lease("b", 1, 100*ms), nil) }, false},
		"it was granted twice": {func(x *teller) {
			x.acquire("a", 0, none, errLost)
			x.get(0, lease("a", 1, 100*ms), nil)
			x.pass(time.Hour)
			x.get(0, lease("a", 2, 100*ms), nil)
		}, false},
		"granted before it was sent": {func(x *teller) { x.get(0, lease("a", 1, 100*ms), nil); x.acquire("a", 0, none, errLost) }, false},
		"it extended, unheard": {func(x *teller) {
			x.acquire("a", 0, lease("a", 1, 100*ms), nil)
			x.pass(50 * ms)
			x.renew("a", 1, 0, none, errLost)
			x.pass(60 * ms)
			x.get(0, lease("a", 1, 40*ms), nil)
		}, true},
		"it extended before it was sent": {func(x *teller) {
			x.acquire("a", 0, lease("a", 1, 100*ms), nil)
			x.get(0, lease("a", 1, 101*ms), nil)
			x.pass(50 * ms)
			x.renew("a", 1, 0, none, errLost)
		}, false},
		"it brought an expired lease back": {func(x *teller) {
			x.acquire("a", 0, lease("a", 1, 100*ms), nil)
			x.pass(100 * ms)
			x.get(0, none, stores.ErrVacant)
			x.renew("a", 1, 0, none, errLost)
			x.get(0, lease("a", 1, 100*ms), nil)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			x := tell(t)
			c.story(x)
			_, err := history.Check(x.recorder.History(), history.Options{})
			if c.ok {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, history.ErrViolated)
			}
		})
	}
}

// Nothing that was not decided passes, and nothing that says nothing.
func TestWhatIsNotDecidedDoesNotPass(t *testing.T) {
	_, err := history.Check(nil, history.Options{})
	require.ErrorIs(t, err, history.ErrTrivial)
	x := tell(t)
	x.get(0, stores.Lease{}, stores.ErrVacant)
	_, err = history.Check(x.recorder.History(), history.Options{})
	require.ErrorIs(t, err, history.ErrTrivial)
	var r history.Recorder
	history.Load{}.Run(t.Context(), &r, memory.New())
	result, err := history.Check(r.History(), history.Options{Timeout: 1})
	require.ErrorIs(t, err, history.ErrUndecided)
	require.Equal(t, 1200, result.Operations)
	_, err = history.Check(r.History(), history.Options{Tolerance: -1, Drift: 1, Timeout: -1})
	require.ErrorIs(t, err, stores.ErrInvalid)
	require.ErrorContains(t, err, "Tolerance")
	require.ErrorContains(t, err, "Drift")
	require.ErrorContains(t, err, "Timeout")
}

func TestARecorderKeepsWhatCallersDoWithMetadata(t *testing.T) {
	var r history.Recorder
	store := r.Wrap(memory.New())
	_, watches := store.(stores.Watcher)
	require.True(t, watches)
	meta := map[string]string{"a": "1"}
	got, err := store.Acquire(t.Context(), stores.AcquireRequest{
		Election: "e", Participant: "p", Attempt: stores.Attempt{Incarnation: "i", Number: 1}, Lease: time.Minute, Metadata: meta,
	})
	require.NoError(t, err)
	meta["a"], got.Metadata["a"] = "2", "3"
	op := r.History()[0]
	require.Equal(t, "1", op.Request.Metadata["a"])
	require.Equal(t, "1", op.Leases[0].Metadata["a"])
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = store.List(ctx, "")
	require.Error(t, err)
	_, err = store.Revoke(t.Context(), "", 1)
	require.ErrorIs(t, err, stores.ErrInvalid)
	all := r.History()
	require.Equal(t, history.Unknown, all[1].Outcome)
	require.Equal(t, history.Nothing, all[2].Outcome)
	_, err = history.Check(all, history.Options{})
	require.NoError(t, err)
}
