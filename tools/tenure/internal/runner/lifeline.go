//go:build linux || darwin

package runner

import (
	"context"
	"errors"
	"regexp"
	"sync"
	"time"

	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/tools/tenure/internal/guard"
)

// lifeline is a store that knows, on the guardian's clock, until when the newest tenure granted through it is safe.
type lifeline struct {
	stores.Watcher
	grace time.Duration
	now   func() guard.Instant
	tell  func(Event)

	mu     sync.Mutex
	fence  uint64
	bounds guard.Bounds
	// moved is told of renewals of the tenure that is followed, lost of the store's word that it is not held any more.
	moved   func(guard.Bounds)
	lost    func()
	refused bool
	leader  uint64
	failing string
}

// Acquire implements [stores.Store].
func (l *lifeline) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	sent := l.now()
	lease, err := l.Watcher.Acquire(ctx, req)
	l.answered(sent, lease, err)
	return lease, err
}

// Renew implements [stores.Store].
func (l *lifeline) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	sent := l.now()
	lease, err := l.Watcher.Renew(ctx, req)
	if errors.Is(err, stores.ErrLost) {
		l.loses(req.Tenure.Fence)
	}
	l.answered(sent, lease, err)
	return lease, err
}

func (l *lifeline) answered(sent guard.Instant, lease stores.Lease, err error) {
	var held *stores.HeldError
	switch {
	case err == nil:
		l.granted(sent, lease)
	case errors.As(err, &held):
		l.waits(held.Lease)
	case errors.Is(err, context.Canceled): // the elector has no use for the answer any more
		return
	case errors.Is(err, stores.ErrLost):
	default:
		l.fails(err)
		return
	}
	l.fails(nil)
}

// loses passes on that the store refuses a tenure. The elector's own word for it would not do: one that was told to stop has
// nothing to say of a loss any more, while its program still winds up.
func (l *lifeline) loses(fence uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if fence != l.fence {
		return
	}
	l.refused = true
	if l.lost != nil {
		l.lost()
	}
}

// granted notes the bounds that a grant or a renewal gives.
func (l *lifeline) granted(sent guard.Instant, lease stores.Lease) {
	b := guard.Bounds{
		Term: sent.Add(lifecycle.Validity(lease.TimeLeft, l.grace)),
		Kill: sent.Add(lifecycle.Validity(lease.TimeLeft, 0)),
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case lease.Fence > l.fence:
		l.fence, l.bounds, l.moved, l.lost, l.refused = lease.Fence, b, nil, nil, false
	case lease.Fence == l.fence:
		l.bounds = l.bounds.Later(b)
		if l.moved != nil {
			l.moved(l.bounds)
		}
	}
}

// safe returns the bounds of the tenure, which have passed if it was refused, or a later one was granted.
func (l *lifeline) safe(fence uint64) guard.Bounds {
	l.mu.Lock()
	defer l.mu.Unlock()
	if fence != l.fence || l.refused {
		return guard.Bounds{}
	}
	return l.bounds
}

// follow calls moved with the bounds of the tenure whenever they move, and once now, and lost when the store says that it is
// not held any more. Neither may block for long.
func (l *lifeline) follow(fence uint64, moved func(guard.Bounds), lost func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if fence == l.fence {
		l.moved, l.lost = moved, lost
		moved(l.bounds)
		if l.refused {
			lost()
		}
	}
}

// waits tells of a leader that was not known.
func (l *lifeline) waits(lease stores.Lease) {
	l.mu.Lock()
	news := lease.Fence != l.leader
	l.leader = lease.Fence
	l.mu.Unlock()
	if news {
		l.tell(Event{Kind: Waits, Leader: lease})
	}
}

// figures are what differs from one failure to the next of the same cause: ports, and times that are left.
var figures = regexp.MustCompile(`\d[\d.]*(ns|µs|ms|s|m|h)?`)

// fails tells of a store that fails, once for each cause, and of one that answers again.
func (l *lifeline) fails(err error) {
	text := ""
	if err != nil {
		text = figures.ReplaceAllString(err.Error(), "#")
	}
	l.mu.Lock()
	before := l.failing
	l.failing = text
	l.mu.Unlock()
	switch {
	case text == before:
	case err != nil:
		l.tell(Event{Kind: StoreFails, Err: err})
	default:
		l.tell(Event{Kind: StoreAnswers})
	}
}
