package property

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/storetest"
)

// via is how a call reaches the store.
type via = context.Context

// world is a store, and what it has promised.
type world struct {
	t        *testing.T
	h        storetest.Harness
	store    stores.Store
	begun    time.Time
	passed   time.Duration
	tol      time.Duration
	promises map[string]*promise
	tenures  []stores.Lease // all that were ever told of: late messages speak of them
	late     *call          // the request that is held back, and what lets it go
	let      func()
	steps    []string
}

func newWorld(t *testing.T, h storetest.Harness) *world {
	w := &world{t: t, h: h, store: h.New(t), begun: time.Now(), tol: h.Tolerance}
	if h.Advance == nil && w.tol == 0 {
		w.tol = 20 * time.Millisecond
	}
	w.promises = map[string]*promise{"e": {}, "f": {}}
	return w
}

// now is the time that has passed on the store's clock.
func (w *world) now() time.Duration {
	if w.h.Advance != nil {
		return w.passed
	}
	return time.Since(w.begun)
}

func (w *world) step(format string, args ...any) {
	w.steps = append(w.steps, fmt.Sprintf(format, args...))
}

// draws of times: where they pass in truth, they are short.
func (w *world) lease(t *rapid.T) time.Duration {
	if w.h.Advance == nil {
		return rapid.SampledFrom([]time.Duration{time.Minute, 80 * time.Millisecond, time.Second}).Draw(t, "lease")
	}
	return time.Duration(rapid.IntRange(1, 5000).Draw(t, "lease ms")) * time.Millisecond
}

func (w *world) pass(t *rapid.T) {
	longest := 3000
	if w.h.Advance == nil {
		longest = 60
	}
	d := time.Duration(rapid.IntRange(1, longest).Draw(t, "ms")) * time.Millisecond
	w.step("%v pass", d)
	if w.h.Advance == nil {
		<-time.After(d)
		return
	}
	w.h.Advance(w.t, d)
	w.passed += d
}

func (w *world) acquire(t *rapid.T) {
	req := stores.AcquireRequest{
		Election: rapid.SampledFrom([]string{"e", "f"}).Draw(t, "election"),
		Attempt: stores.Attempt{
			Incarnation: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "incarnation"),
			Number:      rapid.Uint64Range(1, 4).Draw(t, "attempt"),
		},
		Participant: rapid.SampledFrom([]string{"p", "q"}).Draw(t, "participant"),
		Lease:       w.lease(t),
		Metadata:    map[string]string{"k": strconv.Itoa(rapid.IntRange(0, 2).Draw(t, "metadata"))},
	}
	if rapid.Bool().Draw(t, "claims") {
		req.HighestFence = w.promises[req.Election].highest + rapid.Uint64Range(0, 1000).Draw(t, "claim")
	}
	w.make(t, call{
		asked:    fmt.Sprintf("acquire %s as %s/%d for %v", req.Election, req.Attempt.Incarnation, req.Attempt.Number, req.Lease),
		election: req.Election,
		do: func(ctx via) (told, error) {
			lease, err := w.store.Acquire(ctx, req)
			return told{lease: lease}, err
		},
		effect: func(p *promise, when window, a *answer) { acquired(p, req, when, a) },
	})
}

func acquired(p *promise, req stores.AcquireRequest, when window, a *answer) {
	own := p.held && p.lease.Incarnation == req.Attempt.Incarnation
	switch {
	case p.held && p.lease.Attempt == req.Attempt:
		if a != nil {
			require.NoError(a.t, a.err, "a repetition was refused")
			p.shows(a.t, a.lease, when, a.tol)
		}
	case p.held && (!own || p.lease.Number > req.Attempt.Number):
		if a != nil {
			var held *stores.HeldError
			require.ErrorAs(a.t, a.err, &held, "a held election was granted")
			p.shows(a.t, held.Lease, when, a.tol)
		}
	default:
		p.grant(req, when, a)
	}
}

func (w *world) renew(t *rapid.T) {
	of, d := w.tenure(t), w.lease(t)
	w.make(t, call{
		asked:    fmt.Sprintf("renew %s of %s for %v", of.Election, name(of.Tenure), d),
		election: of.Election,
		do: func(ctx via) (told, error) {
			lease, err := w.store.Renew(ctx, stores.RenewRequest{Election: of.Election, Tenure: of.Tenure, Lease: d})
			return told{lease: lease}, err
		},
		effect: func(p *promise, when window, a *answer) { renewed(p, of, d, when, a) },
	})
}

func renewed(p *promise, of stores.Lease, d time.Duration, when window, a *answer) {
	holds := p.held && p.lease.Tenure == of.Tenure
	if !holds || p.lease.Revoked {
		if a != nil {
			var lost *stores.LostError
			require.ErrorAs(a.t, a.err, &lost, "a tenure that is over was renewed")
			require.Equal(a.t, holds, lost.Revoked, "Revoked of the LostError")
		}
		return
	}
	end := when.plus(d)
	p.until = window{max(p.until.early, end.early), max(p.until.late, end.late)}
	if a != nil {
		require.NoError(a.t, a.err, "a renewal was refused")
		p.shows(a.t, a.lease, when, a.tol)
	}
}

func (w *world) release(t *rapid.T) {
	of := w.tenure(t)
	tenure := of.Tenure
	if rapid.Bool().Draw(t, "give-back") {
		tenure.Fence = 0
	}
	w.make(t, call{
		asked:    fmt.Sprintf("release %s of %s", of.Election, name(tenure)),
		election: of.Election,
		do: func(ctx via) (told, error) {
			freed, err := w.store.Release(ctx, of.Election, tenure)
			return told{yes: freed}, err
		},
		effect: func(p *promise, _ window, a *answer) {
			holds := p.held && p.lease.Attempt == tenure.Attempt && (tenure.Fence == 0 || p.lease.Fence == tenure.Fence)
			if a != nil {
				require.NoError(a.t, a.err)
				require.Equal(a.t, holds, a.yes, "whether a lease was freed")
			}
			if holds {
				p.vacate()
			}
		},
	})
}

func (w *world) revoke(t *rapid.T) {
	of := w.tenure(t)
	w.make(t, call{
		asked:    fmt.Sprintf("revoke %s of %s", of.Election, name(of.Tenure)),
		election: of.Election,
		do: func(ctx via) (told, error) {
			found, err := w.store.Revoke(ctx, of.Election, of.Fence)
			return told{yes: found}, err
		},
		effect: func(p *promise, _ window, a *answer) {
			holds := p.held && p.lease.Fence == of.Fence
			if a != nil {
				require.NoError(a.t, a.err)
				require.Equal(a.t, holds, a.yes, "whether a live lease was found")
			}
			p.lease.Revoked = p.lease.Revoked || holds
		},
	})
}

// tenure draws one of those that were ever told of.
func (w *world) tenure(t *rapid.T) stores.Lease {
	if len(w.tenures) == 0 {
		t.Skip("nothing was granted yet")
	}
	return rapid.SampledFrom(w.tenures).Draw(t, "tenure")
}

func name(t stores.Tenure) string {
	return fmt.Sprintf("%s/%d fence %d", t.Incarnation, t.Number, t.Fence)
}

// learn takes note of tenures.
func (w *world) learn(lease stores.Lease) {
	known := func(l stores.Lease) bool { return l.Election == lease.Election && l.Fence == lease.Fence }
	if lease.Fence > 0 && !slices.ContainsFunc(w.tenures, known) {
		w.tenures = append(w.tenures, lease)
	}
}

// definite tells whether an error says for sure what became of a call.
func definite(err error) bool {
	return slices.ContainsFunc([]error{
		stores.ErrHeld, stores.ErrLost, stores.ErrVacant, stores.ErrInvalid, stores.ErrFenceClaim,
	}, func(class error) bool { return errors.Is(err, class) })
}
