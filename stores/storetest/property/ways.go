package property

import (
	"context"
	"errors"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/stores"
)

// make makes a call: it is answered, or its answer is lost, or it is late, or it is answered and comes late once more.
func (w *world) make(t *rapid.T, c call) {
	ways := []string{"answered"}
	if w.h.Lose != nil {
		ways = append(ways, "lost")
	}
	if w.h.Late != nil {
		ways = append(ways, "late", "twice")
	}
	way := rapid.SampledFrom(ways).Draw(t, "way")
	w.step("%s (%s)", c.asked, way)
	switch way {
	case "lost":
		w.settle(t, c, func() { w.unanswered(t, c, func(run func(context.Context)) { w.h.Lose(w.t, run) }) }, nil)
	case "late", "twice":
		w.unanswered(t, c, func(run func(context.Context)) { w.let = w.h.Late(w.t, run) })
		w.late = &c
	default:
	}
	if way == "answered" || way == "twice" {
		a := &answer{t: t, tol: w.tol}
		w.settle(t, c, func() { a.told, a.err = c.do(t.Context()) }, a)
		w.learn(a.lease)
	}
}

// unanswered makes a call that the harness leaves without an answer.
func (w *world) unanswered(t *rapid.T, c call, spoil func(run func(context.Context))) {
	var err error
	spoil(func(ctx context.Context) { _, err = c.do(ctx) })
	require.Error(t, err, "%s was not answered, and tells of no error", c.asked)
	require.False(t, definite(err), "%s was not answered, and tells for sure: %v", c.asked, err)
}

// deliver lets a request that was held back reach the store.
func (w *world) deliver(t *rapid.T) {
	if w.late == nil {
		t.Skip("nothing is late")
	}
	c, let := *w.late, w.let
	w.late, w.let = nil, nil
	w.step("%s (delivered)", c.asked)
	w.settle(t, c, let, nil)
}

// settle lets the store carry out a call, and the promise with it. Where the lease may have ended meanwhile or not, the
// next look tells what became of it.
func (w *world) settle(_ *rapid.T, c call, do func(), a *answer) {
	p, when := w.promises[c.election], window{early: w.now()}
	do()
	when.late = w.now()
	if p.unsure(when, w.tol) || p.lost {
		p.lost = true
		return
	}
	p.over(when, w.tol)
	c.effect(p, when, a)
}

// look compares what the store shows with what it has promised.
func (w *world) look(t *rapid.T) {
	live := map[string]bool{}
	for _, name := range []string{"e", "f"} {
		p, when := w.promises[name], window{early: w.now()}
		got, err := w.store.Get(t.Context(), name)
		when.late = w.now()
		vacant := errors.Is(err, stores.ErrVacant)
		if !vacant {
			require.NoError(t, err)
			w.learn(got)
		}
		live[name] = !vacant
		if p.lost || p.unsure(when, w.tol) {
			p.adopt(got, !vacant, when)
			continue
		}
		p.over(when, w.tol)
		if p.held {
			require.False(t, vacant, "the lease of %q is gone", name)
			p.shows(t, got, when, w.tol)
		} else {
			require.True(t, vacant, "a lease of %q where none was promised: %v", name, got)
		}
	}
	w.list(t, live)
}

// list compares the list with what was just seen, where time stands still meanwhile.
func (w *world) list(t *rapid.T, live map[string]bool) {
	all, err := w.store.List(t.Context(), "")
	require.NoError(t, err)
	if w.h.Advance == nil {
		return
	}
	listed := map[string]bool{"e": false, "f": false}
	for _, lease := range all {
		listed[lease.Election] = true
		w.promises[lease.Election].shows(t, lease, window{w.now(), w.now()}, w.tol)
	}
	require.Equal(t, live, listed, "the elections that are listed")
}
