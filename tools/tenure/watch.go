package main

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/tools/internal/cli"
)

// defaultRefresh is how often watch looks without being woken up.
const defaultRefresh = 2 * time.Second

func watchVerb() *cli.Verb {
	return &cli.Verb{
		Name: "watch", Summary: "tell of each change of who leads, until it is interrupted",
		Intro: `watch tells who leads, and then of each change. On a terminal it shows a table that is always up to date; otherwise it
prints one line, or with -json one object, for each change. Without -election it watches all elections that somebody
leads, also those that begin later. It hears of changes as they happen, and looks by itself as well: a lease that runs out
is announced by nobody. While the store is away it waits, and says so.
`,
		Examples: `  tenure watch -election reports
  tenure watch -election reports -election mail -json
  tenure watch > changes.log
`,
		Exits:  []int{exitOK, exitUsage, exitFailed, exitStore},
		Define: defineWatch,
	}
}

func defineWatch(f *cli.Flags) cli.Action {
	store := defineStore(f, defaultTimeout)
	elections := f.Names("election", "an election's `name`; may be given more than once")
	refresh := f.Positive("refresh", defaultRefresh, "how long it relies on being woken up, before it looks by itself")
	asJSON := f.Bool("json", false, "print one JSON object a line")
	return func(ctx context.Context, call *cli.Call) int {
		s, code := store.open(call, redis.Options{})
		if s == nil {
			return code
		}
		defer s.close()
		w := newWatching(s, call, *elections, *refresh)
		switch {
		case *asJSON:
			w.show = lines{out: call.Stdout, text: jsonLine}
		case cli.IsTerminal(call.Stdout, os.Getenv):
			w.onScreen(call.Stdout)
		default:
			w.show = lines{out: call.Stdout, text: func(l stores.Lease) string { return changeLine(time.Now(), l) }}
		}
		return w.run(ctx, s.failed)
	}
}

// watched is what watch needs of a store.
type watched interface {
	stores.Watcher
	limit(ctx context.Context) (context.Context, context.CancelFunc)
	whyNot(err error) string
}

// watching is one run of the verb watch. One goroutine looks and shows; one for each election waits for wake-ups.
type watching struct {
	store   watched
	call    *cli.Call
	names   []string // those asked for; none for all
	refresh time.Duration
	show    display

	note func(string) // says something beside what is shown

	known   map[string]sighting
	trouble error // why the last look failed
	signal  chan wakeUp
	wait    sync.WaitGroup
}

// sighting is a lease as it was when the store was asked.
type sighting struct {
	stores.Lease
	at time.Time
}

// wakeUp says that an election is to be looked at, or why it sends no wake-ups.
type wakeUp struct {
	election string
	err      error
}

func newWatching(store watched, call *cli.Call, elections []string, refresh time.Duration) *watching {
	elections = slices.Compact(slices.Sorted(slices.Values(elections)))
	return &watching{
		store: store, call: call, names: elections, refresh: refresh, note: call.Note,
		known: map[string]sighting{}, signal: make(chan wakeUp),
	}
}

// run watches until ctx ends. It waits for all that it started. A store that fails at the very first look is reported by
// failed; later it is waited for.
func (w *watching) run(ctx context.Context, failed func(context.Context, error) int) int {
	inner, cancel := context.WithCancel(ctx)
	defer w.wait.Wait()
	defer cancel()
	err := w.lookAtAll(inner)
	if err != nil && len(w.known) == 0 && ctx.Err() == nil {
		return failed(ctx, err)
	}
	for {
		if broken := (*printError)(nil); errors.As(err, &broken) {
			return w.call.Fail(exitFailed, broken.Error())
		}
		if ctx.Err() != nil {
			return exitOK
		}
		w.tell(err)
		if err = w.refreshed(); err == nil {
			err = w.step(inner)
		}
	}
}

// step waits until there is a reason to look, and looks.
func (w *watching) step(ctx context.Context) error {
	timer := time.NewTimer(w.untilNextLook())
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return nil
	case <-timer.C:
		return w.lookAtAll(ctx)
	case woken := <-w.signal:
		if woken.err == nil {
			return w.look(ctx, woken.election)
		}
		if w.trouble == nil {
			w.note("no wake-ups for " + plain(woken.election) + ", so it is only looked at now and then: " + oneLine(woken.err))
		}
		return w.trouble
	}
}

// untilNextLook is the time until a lease runs out, but no more than the refresh time.
func (w *watching) untilNextLook() time.Duration {
	const atLeast = 10 * time.Millisecond
	wait := w.refresh
	if w.trouble != nil {
		return wait
	}
	for _, s := range w.known {
		if s.Fence != 0 {
			wait = min(wait, max(atLeast, time.Until(s.at.Add(s.TimeLeft))))
		}
	}
	return wait
}

// lookAtAll asks for every election, and listens to those that are new.
func (w *watching) lookAtAll(ctx context.Context) error {
	if len(w.names) == 0 {
		return w.lookAtList(ctx)
	}
	for _, election := range w.names {
		if err := w.look(ctx, election); err != nil {
			return err
		}
	}
	return nil
}

func (w *watching) lookAtList(ctx context.Context) error {
	bounded, cancel := w.store.limit(ctx)
	defer cancel()
	leases, err := w.store.List(bounded, "")
	if err != nil && len(leases) == 0 {
		return err
	}
	vacant := maps.Clone(w.known)
	for _, lease := range leases {
		delete(vacant, lease.Election)
		if err := w.found(ctx, lease); err != nil {
			return err
		}
	}
	for _, election := range slices.Sorted(maps.Keys(vacant)) {
		if err := w.found(ctx, stores.Lease{Election: election}); err != nil {
			return err
		}
	}
	return err
}

func (w *watching) look(ctx context.Context, election string) error {
	bounded, cancel := w.store.limit(ctx)
	defer cancel()
	lease, err := w.store.Get(bounded, election)
	if errors.Is(err, stores.ErrVacant) {
		lease, err = stores.Lease{Election: election}, nil
	}
	if err != nil {
		return err
	}
	return w.found(ctx, lease)
}

// found takes down what a look has found, and shows it if it is a change.
func (w *watching) found(ctx context.Context, lease stores.Lease) error {
	before, seen := w.known[lease.Election]
	w.known[lease.Election] = sighting{lease, time.Now()}
	if !seen {
		w.wait.Go(func() { w.listen(ctx, lease.Election) })
	}
	if seen && before.Fence == lease.Fence && before.Revoked == lease.Revoked {
		return nil
	}
	return asPrintError(w.show.change(lease))
}

// listen passes wake-ups on until ctx ends and the subscription has ended.
func (w *watching) listen(ctx context.Context, election string) {
	told := false
	for ctx.Err() == nil {
		notices, err := w.store.Watch(ctx, election)
		if err == nil {
			for range notices {
				w.pass(ctx, wakeUp{election: election})
			}
			continue
		}
		if !told {
			w.pass(ctx, wakeUp{election, err})
			told = true
		}
		pause(ctx, w.refresh)
	}
}

func (w *watching) pass(ctx context.Context, woken wakeUp) {
	select {
	case w.signal <- woken:
	case <-ctx.Done():
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// refreshed shows all that is known. The time left is what it was at the look, less what has passed.
func (w *watching) refreshed() error {
	var all []stores.Lease
	for _, election := range slices.Sorted(maps.Keys(w.known)) {
		s := w.known[election]
		s.TimeLeft = max(0, s.TimeLeft-time.Since(s.at))
		all = append(all, s.Lease)
	}
	text := ""
	if w.trouble != nil {
		text = w.store.whyNot(w.trouble)
	}
	return asPrintError(w.show.now(all, text))
}

// tell says once that the store is away, and once that it is back.
func (w *watching) tell(err error) {
	switch {
	case err != nil && w.trouble == nil:
		w.note(w.store.whyNot(err) + "; waiting for it")
	case err == nil && w.trouble != nil:
		w.note("the store is back")
	}
	w.trouble = err
}

// printError is an error of the output, which nothing mends.
type printError struct{ err error }

func (e *printError) Error() string { return "cannot print: " + e.err.Error() }
func (e *printError) Unwrap() error { return e.err }

func asPrintError(err error) error {
	if err == nil {
		return nil
	}
	return &printError{err}
}
