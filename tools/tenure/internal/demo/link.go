package demo

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/tenure-go/tenure/stores"
)

var errCutOff = errors.New("cut off from the store")

// link is a participant's way to the store. It records every call. What the paused process sends and receives waits
// until it is woken. While the link is cut, calls hang until their context ends, as in a network that drops packets, and
// wake-ups are lost; once it is severed, which is for good, they fail at once.
type link struct {
	stores.Watcher
	journal *journal
	process *process
	self    who

	// mu is held by a call while it is at the store, so that nothing arrives there once cut has returned.
	mu      sync.RWMutex
	broken  chan struct{} // closed while the link is cut or severed
	down    bool
	severed bool
}

func newLink(store stores.Watcher, j *journal, p *process) *link {
	return &link{Watcher: store, journal: j, process: p, broken: make(chan struct{})}
}

func (l *link) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.down {
		l.down = true
		close(l.broken)
	}
}

func (l *link) sever() {
	l.cut()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.severed = true
}

func (l *link) heal() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down && !l.severed {
		l.down, l.broken = false, make(chan struct{})
	}
}

// through makes a call over the link.
func through[T any](ctx context.Context, l *link, record call, f func() (T, error)) (T, error) {
	record.who = l.self
	l.process.pass(func() { record.Sent = l.journal.now() })
	answer, err := deliver(l, &record, f)
	if !record.Reached && !errors.Is(err, errSevered) {
		<-ctx.Done()
		err = fmt.Errorf("%w: %w", errCutOff, ctx.Err())
	}
	l.process.pass(func() { record.Returned = l.journal.now() })
	l.journal.called(record)
	return answer, err
}

var errSevered = fmt.Errorf("%w for good", errCutOff)

// deliver makes the call at the store, if the link is up.
func deliver[T any](l *link, record *call, f func() (T, error)) (answer T, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	switch {
	case l.severed:
		return answer, errSevered
	case l.down:
		return answer, errCutOff
	}
	record.Reached = true
	answer, err = f()
	record.OK = err == nil
	switch a := any(answer).(type) {
	case stores.Lease:
		if err == nil {
			record.Fence = a.Fence
		}
	case bool:
		record.OK = record.OK && a
	}
	return answer, err
}

// Acquire implements [stores.Store].
func (l *link) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	return through(ctx, l, call{Op: "acquire"}, func() (stores.Lease, error) { return l.Watcher.Acquire(ctx, req) })
}

// Renew implements [stores.Store].
func (l *link) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	record := call{Op: "renew", Fence: req.Tenure.Fence}
	return through(ctx, l, record, func() (stores.Lease, error) { return l.Watcher.Renew(ctx, req) })
}

// Release implements [stores.Store].
func (l *link) Release(ctx context.Context, election string, tenure stores.Tenure) (bool, error) {
	record := call{Op: "release", Fence: tenure.Fence}
	return through(ctx, l, record, func() (bool, error) { return l.Watcher.Release(ctx, election, tenure) })
}

// Get implements [stores.Store].
func (l *link) Get(ctx context.Context, election string) (stores.Lease, error) {
	return through(ctx, l, call{Op: "get"}, func() (stores.Lease, error) { return l.Watcher.Get(ctx, election) })
}

// Watch implements [stores.Watcher]. A cut ends the subscription, as it does with a connection; the elector then asks for
// another one.
func (l *link) Watch(ctx context.Context, election string) (<-chan stores.Notice, error) {
	record := call{who: l.self, Op: "watch"}
	l.process.pass(func() { record.Sent = l.journal.now() })
	ctx, cancel := context.WithCancel(ctx)
	inner, broken, err := l.subscribe(ctx, &record, election)
	l.process.pass(func() { record.Returned = l.journal.now() })
	l.journal.called(record)
	if err != nil {
		cancel()
		return nil, err
	}
	out := make(chan stores.Notice)
	go func() {
		defer close(out)
		defer cancel()
		l.forward(ctx, inner, broken, out)
	}()
	return out, nil
}

// forward hands notices on until ctx ends or the link is cut.
func (l *link) forward(
	ctx context.Context, inner <-chan stores.Notice, broken <-chan struct{}, out chan<- stores.Notice,
) {
	for {
		select {
		case notice, open := <-inner:
			l.process.wait()
			if !open || !handOn(ctx, out, notice) {
				return
			}
		case <-broken:
			return
		case <-ctx.Done():
			return
		}
	}
}

// subscribe also returns what ends with the link.
func (l *link) subscribe(
	ctx context.Context, record *call, election string,
) (notices <-chan stores.Notice, broken <-chan struct{}, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.down {
		return nil, nil, errCutOff
	}
	record.Reached = true
	notices, err = l.Watcher.Watch(ctx, election)
	record.OK = err == nil
	return notices, l.broken, err
}

func handOn(ctx context.Context, out chan<- stores.Notice, notice stores.Notice) bool {
	select {
	case out <- notice:
		return true
	case <-ctx.Done():
		return false
	}
}
