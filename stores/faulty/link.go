package faulty

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"

	"github.com/tenure-go/tenure/fsm/clock"
	"github.com/tenure-go/tenure/stores"
)

// ErrClosed is what a call returns that a closed link would have kept waiting, beside [ErrInjected].
var ErrClosed = errors.New("faulty: the link is closed")

// Link is a way to a store that can fail. Its methods may be called from many goroutines. Make one with [NewLink]. It has
// no goroutines but one for each subscription, which ends with the subscription's context.
type Link struct {
	inner  stores.Store
	clock  clock.Clock
	closed chan struct{}

	mu    sync.Mutex
	rules []*Rule
	state state
	back  chan struct{} // closed when the link is up again
	subs  map[*subscription]bool
	stats Stats
	over  bool
	// timers are those of delayed requests and wake-ups.
	timers map[*timer]bool
}

type state uint8

const (
	up state = iota
	down
	cut
)

// Stats are what a link has seen and done.
type Stats struct {
	// Calls counts the calls that came, by method.
	Calls map[Op]int
	// Notices counts the wake-ups that came from the store.
	Notices int
	// Faults counts what was done, by the name of the fault without its time; "down" and "cut" are the calls that
	// failed because of [Link.Down] and [Link.Cut], and "lost" is the wake-ups that did not come because of either.
	Faults map[string]int
	_      struct{}
}

// Option changes what [NewLink] makes.
type Option func(*Link)

// WithClock sets the clock on which delays run; the machine's is the default.
func WithClock(c clock.Clock) Option { return func(l *Link) { l.clock = c } }

// NewLink returns a link to the store, without faults. Close it, or end all contexts that were given to it.
func NewLink(store stores.Store, opts ...Option) *Link {
	l := &Link{
		inner: store, clock: clock.System(), closed: make(chan struct{}),
		subs: map[*subscription]bool{}, timers: map[*timer]bool{},
		stats: Stats{Calls: map[Op]int{}, Faults: map[string]int{}},
	}
	for _, opt := range opts {
		opt(l)
	}
	return l
}

// Store returns the store as it is seen over the link. It is a [stores.Watcher] if the store behind it is one.
func (l *Link) Store() stores.Store {
	if watcher, ok := l.inner.(stores.Watcher); ok {
		return watchedEnd{end: end{l}, watcher: watcher}
	}
	return end{l}
}

// Inner returns the store behind the link, for looks at it that nothing befalls.
func (l *Link) Inner() stores.Store { return l.inner }

// On adds a rule. The first rule that matches is the only one that acts, in the order in which they were added.
func (l *Link) On(m Match, f Fault) *Rule {
	r := &Rule{link: l, match: m, fault: f, rand: rand.New(rand.NewPCG(m.seed, m.seed))}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules = append(l.rules, r)
	return r
}

// Down makes every call fail at once from now on, as where a connection is refused. Wake-ups are lost.
func (l *Link) Down() { l.set(down) }

// Cut loses every request from now on, as where packets are dropped: calls return when their contexts end, or fail when
// the link is up again. Wake-ups are lost.
func (l *Link) Cut() { l.set(cut) }

// Up ends [Link.Down] or [Link.Cut]. Subscriptions that lived through it are sent a [stores.NoticeMissed].
func (l *Link) Up() {
	if l.set(up) != up {
		l.Missed()
	}
}

func (l *Link) set(s state) (before state) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, l.state = l.state, s
	switch {
	case s == up && before != up:
		close(l.back)
	case s != up && before == up:
		l.back = make(chan struct{})
	}
	return before
}

// Missed sends each subscription a [stores.NoticeMissed], as a store does when a connection was lost and restored.
func (l *Link) Missed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.subs {
		s.put(stores.Notice{Kind: stores.NoticeMissed})
	}
}

// Stats returns a copy of what was counted so far.
func (l *Link) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	stats := l.stats
	stats.Calls, stats.Faults = maps.Clone(stats.Calls), maps.Clone(stats.Faults)
	return stats
}

// Calls returns how many calls of the method came.
func (l *Link) Calls(op Op) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stats.Calls[op]
}

// Check returns an error that names each rule that did nothing, or nil if all did.
func (l *Link) Check() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, r := range l.rules {
		if r.hits == 0 {
			errs = append(errs, fmt.Errorf("faulty: the rule %q did nothing: %d matched", r, r.seen))
		}
	}
	return errors.Join(errs...)
}

// Close ends the link: calls that a fault keeps waiting fail, what is delayed or held never arrives, and calls go straight
// through from then on. It may be called more than once.
func (l *Link) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	if l.state != up {
		close(l.back)
	}
	l.over, l.state = true, up
	close(l.closed)
	for t := range l.timers {
		t.Stop()
	}
	clear(l.timers)
	for _, r := range l.rules {
		r.removed, r.held = true, nil
	}
}

// take counts a call and finds what befalls it.
func (l *Link) take(op Op) (r *Rule, s state, back <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stats.Calls[op]++
	switch l.state {
	case down:
		l.stats.Faults["down"]++
		return nil, down, nil
	case cut:
		l.stats.Faults["cut"]++
		return nil, cut, l.back
	case up:
	}
	for _, r := range l.rules {
		if r.match.call(op) && r.takes() {
			return r, up, nil
		}
	}
	return nil, up, nil
}

// timer is one delay that Close can end.
type timer struct{ clock.Timer }

// after runs f in the given time, unless the link is closed before.
func (l *Link) after(f Fault, then func()) {
	t := &timer{}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	l.timers[t] = true
	t.Timer = l.clock.AfterFunc(f.time, func() {
		l.mu.Lock()
		due := l.timers[t]
		delete(l.timers, t)
		l.mu.Unlock()
		if due {
			then()
		}
	})
}

// waited waits with a call that has no answer, and returns its error. The call fails by itself when reset is closed.
func (l *Link) waited(ctx context.Context, op Op, what string, reset <-chan struct{}) error {
	select {
	case <-reset:
		return injected(op, what, nil)
	case <-ctx.Done():
		return injected(op, what, ctx.Err())
	case <-l.closed:
		return injected(op, what, ErrClosed)
	}
}
