package memory_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
)

// promise is what the answers of one election's calls have promised so far: who holds it until when, and under which
// fence. It is built from the contract and from answers alone, and knows nothing of how a store works.
type promise struct {
	holder  stores.Tenure
	until   time.Time
	revoked bool
	highest uint64 // the highest fence of any tenure
}

// world is a store, and what it has promised.
type world struct {
	clock    *clock
	store    stores.Store
	promises map[string]*promise
	tenures  []stores.Lease // all that were ever granted: late messages speak of them
}

func (w *world) live(p *promise) bool { return w.clock.Now().Before(p.until) }

func (w *world) acquire(t *rapid.T) {
	req := stores.AcquireRequest{
		Election: rapid.SampledFrom([]string{"e", "f"}).Draw(t, "election"), Participant: "p",
		Attempt: stores.Attempt{
			Incarnation: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "incarnation"),
			Number:      rapid.Uint64Range(1, 4).Draw(t, "attempt"),
		},
		Lease: lease(t),
	}
	p, now := w.promises[req.Election], w.clock.Now()
	if rapid.Bool().Draw(t, "claims") {
		req.HighestFence = p.highest + rapid.Uint64Range(0, 1000).Draw(t, "claim")
	}
	got, err := w.store.Acquire(context.Background(), req)
	switch own := p.holder.Incarnation == req.Attempt.Incarnation; {
	case w.live(p) && p.holder.Attempt == req.Attempt:
		require.NoError(t, err)
		require.Equal(t, p.holder, got.Tenure)
		require.Equal(t, p.revoked, got.Revoked)
		require.Equal(t, p.until.Sub(now), got.TimeLeft)
	case w.live(p) && (!own || p.holder.Number > req.Attempt.Number):
		var held *stores.HeldError
		require.ErrorAs(t, err, &held)
		require.Equal(t, p.holder, held.Lease.Tenure)
		require.Equal(t, p.until.Sub(now), held.Lease.TimeLeft)
	default:
		require.NoError(t, err)
		require.Equal(t, req.Lease, got.TimeLeft)
		require.Greater(t, got.Fence, max(p.highest, req.HighestFence))
		*p = promise{holder: got.Tenure, until: now.Add(req.Lease), highest: got.Fence}
		w.tenures = append(w.tenures, got)
	}
}

func (w *world) renew(t *rapid.T) {
	of, d := w.tenure(t), lease(t)
	p, now := w.promises[of.Election], w.clock.Now()
	got, err := w.store.Renew(context.Background(), renewal(of, d))
	holds := w.live(p) && p.holder == of.Tenure
	if !holds || p.revoked {
		var lost *stores.LostError
		require.ErrorAs(t, err, &lost)
		require.Equal(t, holds, lost.Revoked)
		return
	}
	require.NoError(t, err)
	if end := now.Add(d); end.After(p.until) {
		p.until = end
	}
	require.Equal(t, p.until.Sub(now), got.TimeLeft)
	require.Equal(t, of.AcquiredAt, got.AcquiredAt)
}

func (w *world) release(t *rapid.T) {
	of := w.tenure(t)
	p, tenure := w.promises[of.Election], of.Tenure
	holds := w.live(p) && p.holder == tenure
	if rapid.Bool().Draw(t, "give-back") {
		tenure.Fence = 0
		holds = w.live(p) && p.holder.Attempt == tenure.Attempt
	}
	freed, err := w.store.Release(context.Background(), of.Election, tenure)
	require.NoError(t, err)
	require.Equal(t, holds, freed)
	if freed {
		p.until = time.Time{}
	}
}

func (w *world) revoke(t *rapid.T) {
	of := w.tenure(t)
	p := w.promises[of.Election]
	found, err := w.store.Revoke(context.Background(), of.Election, of.Fence)
	require.NoError(t, err)
	require.Equal(t, w.live(p) && p.holder == of.Tenure, found)
	p.revoked = p.revoked || found
}

func (w *world) pass(t *rapid.T) {
	w.clock.Advance(time.Duration(rapid.IntRange(1, 3000).Draw(t, "ms")) * time.Millisecond)
}

// check compares what the store shows with what it has promised.
func (w *world) check(t *rapid.T) {
	count := 0
	for name, p := range w.promises {
		got, err := w.store.Get(context.Background(), name)
		if !w.live(p) {
			require.ErrorIs(t, err, stores.ErrVacant, name)
			continue
		}
		count++
		require.NoError(t, err)
		require.Equal(t, p.holder, got.Tenure)
		require.Equal(t, p.until.Sub(w.clock.Now()), got.TimeLeft)
		require.Equal(t, p.revoked, got.Revoked)
	}
	all, err := w.store.List(context.Background(), "")
	require.NoError(t, err)
	require.Len(t, all, count)
}

// tenure draws one of the tenures that were ever granted.
func (w *world) tenure(t *rapid.T) stores.Lease {
	if len(w.tenures) == 0 {
		t.Skip("nothing was granted yet")
	}
	return rapid.SampledFrom(w.tenures).Draw(t, "tenure")
}

func lease(t *rapid.T) time.Duration {
	return time.Duration(rapid.IntRange(1, 5000).Draw(t, "lease ms")) * time.Millisecond
}

// keepsPromises is the property: whatever the order of calls, on what the store that make returns.
func keepsPromises(newStore func(*memory.Store) stores.Store) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newClock()
		w := &world{clock: c, promises: map[string]*promise{"e": {}, "f": {}}}
		w.store = newStore(memory.New(memory.WithClock(c.Now)))
		t.Repeat(map[string]func(*rapid.T){
			"": w.check, "acquire": w.acquire, "renew": w.renew, "release": w.release, "revoke": w.revoke, "pass": w.pass,
		})
	}
}

func TestAnyOrderOfCallsKeepsThePromisesMade(t *testing.T) {
	rapid.Check(t, keepsPromises(func(s *memory.Store) stores.Store { return s }))
}
