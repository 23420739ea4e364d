package leadership_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/fsm"
	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/proptest/leadership"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/faulty"
	"github.com/tenure-go/tenure/stores/fencing"
	"github.com/tenure-go/tenure/stores/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Both faces of an elector can be followed.
var (
	_ leadership.Elector = (*elector.Elector)(nil)
	_ leadership.Elector = (*fsm.Elector)(nil)
)

func newElector(t *testing.T, store stores.Store, name string) *elector.Elector {
	t.Helper()
	e, err := elector.New(store, elector.Config{Election: "reports", Participant: name, Lease: 3 * time.Second})
	require.NoError(t, err)
	return e
}

// lead lets electors over links of their own work, one after the other cut off, for a minute of virtual time.
func lead(t *testing.T, h *leadership.History, links ...*faulty.Link) {
	t.Helper()
	guard := &fencing.Guard{Resource: "ledger"}
	var electors []leadership.Elector
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for i, link := range links {
		e := newElector(t, link.Store(), fmt.Sprint("replica ", i))
		h.Follow(e)
		electors = append(electors, e)
		go func() {
			_ = e.Run(ctx, h.Work(e, func(ctx context.Context, term *fsm.Term) error {
				for ctx.Err() == nil {
					_ = h.Write(e, term, guard, func() error { return nil })
					time.Sleep(100 * time.Millisecond)
				}
				return nil
			}))
		}()
	}
	for i := 0; ctx.Err() == nil; i++ {
		h.Look(electors...)
		time.Sleep(50 * time.Millisecond)
		switch at := links[i/200%len(links)]; i % 200 {
		case 0:
			at.Cut()
		case 199:
			at.Up()
		}
	}
	for _, link := range links {
		link.Up()
	}
	time.Sleep(10 * time.Second)
}

func TestElectorsOverLinksThatFailKeepTheRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, h := memory.New(), &leadership.History{}
		a, b := faulty.NewLink(store), faulty.NewLink(store)
		lead(t, h, a, b)
		require.NoError(t, h.Check())
		fences := map[uint64]bool{}
		for _, e := range h.Events() {
			if e.Kind == leadership.Led {
				fences[e.Fence] = true
			}
		}
		require.Greater(t, len(fences), 3, "tenures")
		require.Positive(t, a.Stats().Faults["cut"])
		require.Positive(t, b.Stats().Faults["cut"])
	})
}

// generous grants a lease to whoever asks, so that each leads.
type generous struct{ stores.Store }

func (g generous) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	if held, err := g.Get(ctx, req.Election); err == nil {
		_, _ = g.Release(ctx, req.Election, held.Tenure)
	}
	return g.Store.Acquire(ctx, req)
}

func (g generous) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	lease, err := g.Store.Renew(ctx, req)
	if errors.Is(err, stores.ErrLost) {
		return stores.Lease{Election: req.Election, Tenure: req.Tenure, TimeLeft: req.Lease}, nil
	}
	return lease, err
}

func TestAStoreThatGrantsTwiceIsFoundOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, h := generous{memory.New()}, &leadership.History{}
		lead(t, h, faulty.NewLink(store), faulty.NewLink(store))
		var v *leadership.ViolationError
		require.ErrorAs(t, h.Check(), &v)
		require.Equal(t, leadership.TwoLeaders, v.Rule)
		require.ErrorContains(t, v, "replica 0")
		require.ErrorContains(t, v, "replica 1")
	})
}

func TestAWriteThatComesLateIsRefusedAndTakenDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, h, guard := memory.New(), &leadership.History{}, &fencing.Guard{Resource: "ledger"}
		a, b := newElector(t, store, "a"), newElector(t, store, "b")
		early, err := a.Campaign(t.Context())
		require.NoError(t, err)
		require.NoError(t, a.Stop(t.Context()))
		late, err := b.Campaign(t.Context())
		require.NoError(t, err)
		require.True(t, h.Leads(b, late))
		require.NoError(t, h.Write(b, late, guard, func() error { return nil }))
		require.ErrorIs(t, h.Write(a, early, guard, func() error { return nil }), fencing.ErrStale)
		require.NoError(t, b.Stop(t.Context()))
		require.NoError(t, h.Check())
		kinds := map[leadership.Kind]int{}
		for _, e := range h.Events() {
			kinds[e.Kind]++
		}
		require.Equal(t, map[leadership.Kind]int{
			leadership.Led: 2, leadership.NotLed: 1, leadership.Admitted: 1, leadership.Refused: 1,
		}, kinds)
	})
}

func TestManyLooksAreKeptAsFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, e := &leadership.History{}, newElector(t, memory.New(), "a")
		for range 1000 {
			h.Look(e)
		}
		_, err := e.Campaign(t.Context())
		require.NoError(t, err)
		for range 1000 {
			h.Look(e)
		}
		require.NoError(t, e.Stop(t.Context()))
		for range 1000 {
			h.Look(e)
		}
		require.Len(t, h.Events(), 6, "first and last of each")
		require.NoError(t, h.Check())
	})
}

// Electors that nobody else sees are followed from a history of another process by adding its events.
func TestEventsOfAnotherHistoryCanBeAdded(t *testing.T) {
	h := &leadership.History{}
	for _, e := range right() {
		h.Add(e)
	}
	require.NoError(t, h.Check())
	h.Add(leadership.Event{Kind: leadership.Lost, Election: "reports", Participant: "c", Incarnation: "c", Fence: 12})
	require.ErrorContains(t, h.Check(), "a loss without a gain")
}
