package proptest_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// fault is what a link does to a call.
type fault int

const (
	faultNone fault = iota
	// faultBefore refuses the call, faultAfter loses its answer.
	faultBefore
	faultAfter
	// faultHang does nothing until the context ends.
	faultHang
	// faultDeaf ignores the context, and makes the call when the link is healed.
	faultDeaf
	// faultLate ignores the context, and makes the call after a while; faultLateAnswer holds the answer back.
	faultLate
	faultLateAnswer
	// faultPanic and faultGoexit end the call after it was made.
	faultPanic
	faultGoexit
	faultCount
)

var faultNames = [...]string{"none", "before", "after", "hang", "deaf", "late", "late answer", "panic", "goexit"}

var errLink = errors.New("the link failed")

// The parts of a link that a fault may be in.
const (
	partAcquire = 1 << iota
	partRenew
	partRelease
	partGet
	partWatch
	partAll = 1<<iota - 1
)

// link is one elector's way to the store, which can fail.
type link struct {
	stage *stage
	store stores.Watcher

	mu     sync.Mutex
	fault  fault
	parts  int
	delay  time.Duration
	healed chan struct{}
	cut    chan struct{}

	watches atomic.Int64
}

func newLink(s *stage, store stores.Watcher) *link {
	return &link{stage: s, store: store, healed: make(chan struct{}), cut: make(chan struct{})}
}

// fail puts a fault into parts of the link; healing lets go what is stuck. Either cuts what wake-ups came through.
func (l *link) fail(f fault, parts int, delay time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fault, l.parts, l.delay = f, parts, delay
	if f == faultNone {
		close(l.healed)
		l.healed = make(chan struct{})
	}
	if parts&partWatch != 0 {
		close(l.cut)
		l.cut = make(chan struct{})
	}
}

func (l *link) now(part int) (f fault, delay time.Duration, healed, cut <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.parts&part != 0 {
		f = l.fault
	}
	return f, l.delay, l.healed, l.cut
}

// through makes a call as the link lets it. The store never sees the context's end, as if it were far away.
func through[T any](ctx context.Context, l *link, part int, call func(context.Context) (T, error)) (T, error) {
	l.stage.look()
	defer l.stage.look()
	f, delay, healed, _ := l.now(part)
	l.stage.tally.add("fault " + faultNames[f])
	var none T
	switch f {
	case faultBefore:
		return none, errLink
	case faultHang:
		select {
		case <-ctx.Done():
			return none, ctx.Err()
		case <-healed:
			return none, errLink
		}
	case faultDeaf:
		<-healed
	case faultLate:
		l.wait(delay, healed)
	default:
	}
	answer, err := call(context.Background())
	switch f {
	case faultAfter:
		return none, errLink
	case faultLateAnswer:
		l.wait(delay, healed)
	case faultPanic:
		panic(errLink)
	case faultGoexit:
		runtime.Goexit()
	default:
	}
	return answer, err
}

func (l *link) wait(delay time.Duration, healed <-chan struct{}) {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-healed:
	}
}

func (l *link) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	return through(ctx, l, partAcquire, func(ctx context.Context) (stores.Lease, error) { return l.store.Acquire(ctx, req) })
}

func (l *link) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	return through(ctx, l, partRenew, func(ctx context.Context) (stores.Lease, error) { return l.store.Renew(ctx, req) })
}

func (l *link) Release(ctx context.Context, election string, tenure stores.Tenure) (bool, error) {
	return through(ctx, l, partRelease, func(ctx context.Context) (bool, error) { return l.store.Release(ctx, election, tenure) })
}

func (l *link) Get(ctx context.Context, election string) (stores.Lease, error) {
	return through(ctx, l, partGet, func(ctx context.Context) (stores.Lease, error) { return l.store.Get(ctx, election) })
}

// The driver uses none of these.

func (l *link) Revoke(context.Context, string, uint64) (bool, error) { return false, errLink }

func (l *link) List(context.Context, string) ([]stores.Lease, error) { return nil, errLink }

// Watch passes notices on until ctx ends or the link is cut. A fault in it keeps them back.
func (l *link) Watch(ctx context.Context, election string) (<-chan stores.Notice, error) {
	l.watches.Add(1)
	defer l.watches.Add(-1)
	f, _, healed, cut := l.now(partWatch)
	switch f {
	case faultBefore:
		return nil, errLink
	case faultDeaf:
		<-healed
	case faultPanic:
		panic(errLink)
	default:
	}
	inner, err := l.store.Watch(ctx, election)
	if err != nil {
		return nil, err
	}
	outer := make(chan stores.Notice)
	l.watches.Add(1)
	go func() {
		defer l.watches.Add(-1)
		defer close(outer)
		l.forward(ctx, inner, outer, f, cut)
	}()
	return outer, nil
}

func (l *link) forward(
	ctx context.Context, inner <-chan stores.Notice, outer chan<- stores.Notice, f fault, cut <-chan struct{},
) {
	for {
		select {
		case notice, more := <-inner:
			if !more {
				return
			}
			if f != faultNone {
				continue
			}
			select {
			case outer <- notice:
			case <-ctx.Done():
				return
			}
		case <-cut:
			return
		case <-ctx.Done():
			return
		}
	}
}
