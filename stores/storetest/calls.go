package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// soon is when a call whose context has ended must have returned. Clients that do not look at a context give up by
// limits of their own, which are commonly of 3 s and more.
const soon = 2 * time.Second

var errStuck = errors.New("storetest: the context has ended and the call does not return")

// call is a call on the store of which only the error matters.
type call = func(ctx context.Context) error

func (b *bench) acquiring(req stores.AcquireRequest) call {
	return func(ctx context.Context) error { _, err := b.store.Acquire(ctx, req); return err }
}

func (b *bench) renewing(of stores.Lease, lease time.Duration) call {
	req := stores.RenewRequest{Election: of.Election, Tenure: of.Tenure, Lease: lease}
	return func(ctx context.Context) error { _, err := b.store.Renew(ctx, req); return err }
}

func (b *bench) releasing(election string, tenure stores.Tenure) call {
	return func(ctx context.Context) error { _, err := b.store.Release(ctx, election, tenure); return err }
}

func (b *bench) revoking(election string, fence uint64) call {
	return func(ctx context.Context) error { _, err := b.store.Revoke(ctx, election, fence); return err }
}

// calls are all calls of a store, those that name a tenure on the given lease.
func (b *bench) calls(lease stores.Lease) map[string]call {
	return map[string]call{
		"Acquire": b.acquiring(request("vacant", "alice", 1)),
		"Renew":   b.renewing(lease, long),
		"Release": b.releasing(lease.Election, lease.Tenure),
		"Revoke":  b.revoking(lease.Election, lease.Fence),
		"Get":     func(ctx context.Context) error { _, err := b.store.Get(ctx, lease.Election); return err },
		"List":    func(ctx context.Context) error { _, err := b.store.List(ctx, ""); return err },
	}
}

// giveBack is the tenure by which an attempt is given back.
func giveBack(attempt stores.Attempt) stores.Tenure { return stores.Tenure{Attempt: attempt} }

// lose makes a call whose answer is lost. The store has carried it out between the instants of the answer.
func (b *bench) lose(name string, c call) seen {
	b.Helper()
	if b.h.Lose == nil {
		b.Skipf("the harness cannot lose an answer")
	}
	return b.spoilt(name, c, func(run func(context.Context)) { b.h.Lose(b.t, run) })
}

// late makes a call whose request is held back. The store carries it out when deliver is called, if ever.
func (b *bench) late(name string, c call) (deliver func() seen) {
	b.Helper()
	if b.h.Late == nil {
		b.Skipf("the harness cannot hold a request back")
	}
	var request func()
	b.spoilt(name, c, func(run func(context.Context)) { request = b.h.Late(b.t, run) })
	b.NotNil(request, "Harness.Late returned nil")
	return func() seen {
		arrival := seen{sent: b.now()}
		request()
		arrival.got = b.now()
		return arrival
	}
}

// spoilt makes a call that the harness lets fail, and requires an unknown outcome.
func (b *bench) spoilt(name string, c call, harness func(run func(context.Context))) seen {
	b.Helper()
	runs, err := 0, error(nil)
	s := seen{sent: b.now()}
	harness(func(ctx context.Context) {
		runs++
		err = b.until(ctx, func() error { return c(ctx) })
	})
	s.got = b.now()
	b.Equal(1, runs, "how often the harness ran the call")
	b.requireUnknown(err, name)
	return s
}

// until makes a call that must return soon after ctx has ended.
func (b *bench) until(ctx context.Context, c func() error) error {
	answer := make(chan error, 1)
	go func() { answer <- caught(c) }()
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
	}
	// Ticks are counted in place of time: a machine that has no time for this goroutine had none for the call.
	const often = 10 * time.Millisecond
	ticker := time.NewTicker(often)
	defer ticker.Stop()
	for range min(b.h.Patience, soon)/often + 1 {
		select {
		case err := <-answer:
			return err
		case <-ticker.C:
		}
	}
	return errStuck
}

// requireUnknown requires an error that tells nothing definite of what became of a call.
func (b *bench) requireUnknown(err error, name string) {
	b.Helper()
	b.requireNoPanic(err)
	b.Error(err, "%s was not answered, and tells of no error", name)
	b.NotErrorIs(err, errStuck, "%s", name)
	b.False(definite(err), "%s was not answered, and tells for sure: %v", name, err)
}

// definite tells whether an error says for sure what became of a call.
func definite(err error) bool {
	for _, class := range []error{
		stores.ErrHeld, stores.ErrLost, stores.ErrVacant, stores.ErrInvalid, stores.ErrFenceClaim,
	} {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}

// answer is what a call returned.
type answer[T any] struct {
	value T
	err   error
}

// together makes n calls at once, and returns their answers in order. The calls must not end the check by themselves.
func together[T any](b *bench, n int, c func(i int) (T, error)) []answer[T] {
	b.Helper()
	answers, start := make([]answer[T], n), make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			answers[i].err = caught(func() (err error) {
				answers[i].value, err = c(i)
				return err
			})
		})
	}
	close(start)
	wg.Wait()
	for _, a := range answers {
		b.requireNoPanic(a.err)
	}
	return answers
}

// panicError is a panic in a goroutine of a check, which would end the program and not just the check.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

// caught makes a call, and returns a panic as an error.
func caught(c func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{value: p, stack: debug.Stack()}
		}
	}()
	return c()
}

// requireNoPanic ends the check, as a panic, if the error was one.
func (b *bench) requireNoPanic(err error) {
	b.Helper()
	var p *panicError
	if !errors.As(err, &p) {
		return
	}
	if rec, judged := b.reporter.(*recorder); judged {
		rec.panicked(p)
		runtime.Goexit()
	}
	b.Fail("a call panicked", "%v", p)
}
