package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/tools/internal/cli"
)

// never is a refresh time that no test waits for, so that what is seen was told by a wake-up.
const never = "1h"

func TestWatchTellsOfEachChange(t *testing.T) {
	f := newField(t)
	w := begin(t, "watch", "-redis", f.url, "-election", "jobs", "-refresh", "100ms")
	w.out.await(t, "jobs: nobody leads\n", 1)
	won := f.lead("jobs", "p1", time.Hour, nil)
	w.out.await(t, "p1 leads", 1)
	f.release(won)
	w.out.await(t, "jobs: nobody leads\n", 2)
	won = f.lead("jobs", "p2", 500*time.Millisecond, nil)
	w.out.await(t, "p2 leads", 1)
	_, err := f.store().Revoke(t.Context(), "jobs", won.Fence)
	require.NoError(t, err)
	w.out.await(t, "revoked", 1)
	w.out.await(t, "jobs: nobody leads\n", 3) // its lease has run out
	w.end(t, exitOK)
	require.Empty(t, w.errs.String())
	golden(t, "watch", steady(w.out.String()))
}

func TestWatchIsWokenUp(t *testing.T) {
	f := newField(t)
	w := begin(t, "watch", "-redis", f.url, "-election", "jobs", "-refresh", never)
	w.out.await(t, "jobs: nobody leads\n", 1)
	require.Eventually(t, func() bool { // the subscription is there
		count, err := f.Client(t).PubSubNumSub(t.Context(), "tenure@0:{jobs}").Result()
		return err == nil && count["tenure@0:{jobs}"] == 1
	}, time.Minute, 5*time.Millisecond)
	f.lead("jobs", "p1", time.Hour, nil)
	w.out.await(t, "p1 leads", 1)
	w.end(t, exitOK)
}

func TestWatchSeesALeaseRunOut(t *testing.T) {
	f := newField(t)
	f.lead("jobs", "p1", time.Second, nil)
	w := begin(t, "watch", "-redis", f.url, "-election", "jobs", "-refresh", never)
	w.out.await(t, "p1 leads", 1)
	w.out.await(t, "nobody leads", 1)
	w.end(t, exitOK)
}

func TestWatchSurvivesTheServer(t *testing.T) {
	f := newField(t)
	w := begin(t, "watch", "-redis", f.url, "-election", "jobs", "-refresh", "50ms", "-timeout", "2s", "-json")
	w.out.await(t, "\n", 1)
	f.Kill()
	w.errs.await(t, "tenure watch: the store ", 1)
	f.Restart(false)
	w.errs.await(t, "tenure watch: the store is back\n", 1)
	f.lead("jobs", "p1", time.Hour, nil)
	w.out.await(t, `"holder":"p1"`, 1)
	w.end(t, exitOK)
	require.Contains(t, w.errs.String(), "; waiting for it\n")
	require.Equal(t, 2, strings.Count(w.errs.String(), "\n"), "it says so once")
	for line := range strings.Lines(w.out.String()) {
		var object leaseObject
		require.NoError(t, json.Unmarshal([]byte(line), &object))
		require.Equal(t, "jobs", object.Election)
	}
	require.Equal(t, 2, strings.Count(w.out.String(), "\n"), "renewed looks are no changes")
}

func TestWatchFindsElections(t *testing.T) {
	f := newField(t)
	first := f.lead("first", "p1", time.Hour, nil)
	w := begin(t, "watch", "-redis", f.url, "-refresh", "20ms")
	w.out.await(t, "first: p1 leads", 1)
	f.lead("second", "p2", time.Hour, nil)
	w.out.await(t, "second: p2 leads", 1)
	f.release(first)
	w.out.await(t, "first: nobody leads", 1)
	w.end(t, exitOK)
	require.Equal(t, 3, strings.Count(w.out.String(), "\n"))
}

// played is a store whose answers a test decides.
type played struct {
	stores.Watcher
	get   func(election string) (stores.Lease, error)
	watch func(ctx context.Context) (<-chan stores.Notice, error)
}

func (p *played) Get(_ context.Context, election string) (stores.Lease, error) {
	return p.get(election)
}

func (p *played) Watch(ctx context.Context, _ string) (<-chan stores.Notice, error) {
	return p.watch(ctx)
}

func (p *played) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}
func (p *played) whyNot(err error) string { return err.Error() }

// watchOver watches the election jobs of such a store until its context ends.
func watchOver(ctx context.Context, p *played, prepare func(*watching)) (code int) {
	program := &cli.Program{Name: "tenure", Verbs: []*cli.Verb{{Name: "watch", Define: func(*cli.Flags) cli.Action {
		return func(ctx context.Context, call *cli.Call) int {
			w := newWatching(p, call, []string{"jobs", "jobs"}, time.Millisecond)
			w.show = lines{out: call.Stdout, text: jsonLine}
			prepare(w)
			return w.run(ctx, func(context.Context, error) int { return exitStore })
		}
	}}}}
	var out output
	return program.Run(ctx, []string{"watch"}, &out, &out)
}

func nobody(string) (stores.Lease, error) { return stores.Lease{}, stores.ErrVacant }

// A program that ended before its subscription did would leave it to the server to find out.
func TestWatchWaitsForItsSubscription(t *testing.T) {
	const longEnough = 200 * time.Millisecond // to return, for a verb that does not wait
	ctx, cancel := context.WithCancel(t.Context())
	returned, left := make(chan struct{}), make(chan bool, 1)
	p := &played{get: nobody, watch: func(ctx context.Context) (<-chan stores.Notice, error) {
		notices := make(chan stores.Notice)
		go func() {
			defer close(notices)
			<-ctx.Done()
			select {
			case <-returned:
				left <- true
			case <-time.After(longEnough):
				left <- false
			}
		}()
		cancel()
		return notices, nil
	}}
	require.Equal(t, exitOK, watchOver(ctx, p, func(*watching) {}))
	close(returned)
	require.False(t, <-left, "it returned before its subscription had ended")
}

func TestWatchGoesOnWithoutWakeUps(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex
	var said []string
	p := &played{
		watch: func(context.Context) (<-chan stores.Notice, error) { return nil, errors.New("no channel") },
		get: func(string) (stores.Lease, error) {
			mu.Lock()
			defer mu.Unlock()
			if len(said) > 0 {
				cancel() // it has said so, and looks again
			}
			return stores.Lease{}, stores.ErrVacant
		},
	}
	require.Equal(t, exitOK, watchOver(ctx, p, func(w *watching) {
		w.note = func(text string) {
			mu.Lock()
			defer mu.Unlock()
			said = append(said, text)
		}
	}))
	require.Equal(t, []string{"no wake-ups for jobs, so it is only looked at now and then: no channel"}, said)
}

func TestWatchGivesUpOnAStoreThatFailsAtOnce(t *testing.T) {
	p := &played{get: func(string) (stores.Lease, error) { return stores.Lease{}, errors.New("no") }}
	require.Equal(t, exitStore, watchOver(t.Context(), p, func(*watching) {}))
}

func TestTheTableOnATerminal(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	looks := 0
	p := &played{
		watch: func(ctx context.Context) (<-chan stores.Notice, error) { <-ctx.Done(); return nil, ctx.Err() },
		get: func(election string) (stores.Lease, error) {
			switch looks++; looks {
			case 1:
				return stores.Lease{}, stores.ErrVacant
			case 2:
				return stores.Lease{
					Election: election, Participant: "p1", Tenure: stores.Tenure{Fence: 1_764_000_000_000_000},
					AcquiredAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), TimeLeft: time.Hour,
				}, nil
			case 3:
				return stores.Lease{}, errors.New("the store is gone")
			case 4:
				return stores.Lease{}, stores.ErrVacant
			default:
				cancel()
				return stores.Lease{}, ctx.Err()
			}
		},
	}
	var drawn output
	require.Equal(t, exitOK, watchOver(ctx, p, func(w *watching) { w.onScreen(&drawn) }))
	golden(t, "watch-screen", strings.ReplaceAll(steady(drawn.String()), "\x1b", "ESC"))
}
