package fsm

import (
	"context"
	"iter"
	"slices"
	"sync"

	"github.com/tenure-go/tenure/gen/lifecycle"
)

// queueLimit is how many changes wait for one subscriber before undelivered ones are merged.
const queueLimit = 64

// Change is a step of the elector from one state to another. News are late by nature: act on the Term, not on the
// change that brought it.
type Change struct {
	// Previous and Current are the states before and after. After a merge, Previous is not the Current delivered last.
	Previous, Current lifecycle.State
	// Gained is the tenure that began with this change, or nil. It is over already if the news is stale.
	Gained *Term
	// Lost is the tenure that ended with this change, or nil. Every Gained is followed by exactly one Lost.
	Lost *Term
	// Reason is the event that caused the change.
	Reason lifecycle.Event
	// Err is the store's error behind the change, if there was one.
	Err error
	// Merged is how many changes before this one were not delivered, because the subscriber was too slow. A gain is only
	// ever left out together with its loss.
	Merged uint64
}

// queue holds what one subscriber was not told yet.
type queue struct {
	mu      sync.Mutex
	waiting []Change
	merged  uint64
	ended   bool
	// wake tells the subscriber that something waits, or that nothing will come any more.
	wake func()
}

// put adds a change; where there are too many, others are left out. It never blocks. It returns how many were left out.
func (q *queue) put(change Change) uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		return 0
	}
	q.waiting = append(q.waiting, change)
	var merged uint64
	if len(q.waiting) > queueLimit {
		merged = q.merge()
	}
	q.wake()
	return merged
}

// merge leaves out the oldest change that is neither gain nor loss, or else the oldest gain with its loss. Gains and
// losses alternate, so in a full queue without other changes such a pair is next to each other.
func (q *queue) merge() uint64 {
	at := slices.IndexFunc(q.waiting, func(c Change) bool { return c.Gained == nil && c.Lost == nil })
	width := 1
	if at < 0 {
		at = slices.IndexFunc(q.waiting, func(c Change) bool { return c.Gained != nil })
		width = 2
	}
	merged := uint64(width)
	for _, left := range q.waiting[at : at+width] {
		merged += left.Merged
	}
	q.waiting = slices.Delete(q.waiting, at, at+width)
	if at < len(q.waiting) {
		q.waiting[at].Merged += merged
	} else {
		q.merged += merged
	}
	return uint64(width)
}

// take returns the oldest change, or reports that there is none.
func (q *queue) take() (Change, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 || q.ended {
		return Change{}, false
	}
	change := q.waiting[0]
	change.Merged += q.merged
	q.merged = 0
	q.waiting = slices.Delete(q.waiting, 0, 1)
	return change, true
}

func (q *queue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended, q.waiting = true, nil
	q.wake()
}

// subscribers are the queues of all who want changes.
type subscribers struct {
	mu     sync.Mutex
	queues []*queue
}

func (s *subscribers) add(q *queue) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queues = append(s.queues, q)
}

func (s *subscribers) remove(q *queue) {
	s.mu.Lock()
	s.queues = slices.DeleteFunc(slices.Clone(s.queues), func(other *queue) bool { return other == q })
	s.mu.Unlock()
	q.end()
}

func (s *subscribers) tell(change Change) (merged uint64) {
	s.mu.Lock()
	queues := s.queues
	s.mu.Unlock()
	for _, q := range queues {
		merged += q.put(change)
	}
	return merged
}

// Subscribe calls f with every change from now on, in order, one at a time, in a goroutine that exists only while
// changes wait. f may take its time, call the elector's methods, and unsubscribe; a panic of f is recovered, counted and
// logged. Where f is slow, undelivered changes are merged. unsubscribe returns at once; a call of f that is under way
// then goes on. It may be called more than once.
func (e *Elector) Subscribe(f func(Change)) (unsubscribe func()) {
	var running bool
	q := &queue{}
	q.wake = func() {
		if !running && len(q.waiting) > 0 {
			running = true
			go e.deliver(q, f, &running)
		}
	}
	e.subscribers.add(q)
	return func() { e.subscribers.remove(q) }
}

// deliver hands changes to f until none waits. running is guarded by the queue's lock.
func (e *Elector) deliver(q *queue, f func(Change), running *bool) {
	done := false
	// A subscriber that ends its goroutine is told the rest in another one.
	defer func() {
		if !done {
			e.stats.subscriberPanics.Add(1)
			go e.deliver(q, f, running)
		}
	}()
	for {
		change, ok := q.take()
		if !ok {
			q.mu.Lock()
			done = len(q.waiting) == 0
			if done {
				*running = false
			}
			q.mu.Unlock()
			if done {
				return
			}
			continue
		}
		e.protect(f, change)
	}
}

func (e *Elector) protect(f func(Change), change Change) {
	defer func() {
		if r := recover(); r != nil {
			e.stats.subscriberPanics.Add(1)
			e.log.Error("a subscriber panicked", "panic", r)
		}
	}()
	f(change)
}

// Changes returns every change from now on until ctx ends, in order, to be iterated once. Where the loop's body is slow,
// undelivered changes are merged.
func (e *Elector) Changes(ctx context.Context) iter.Seq[Change] {
	ready := make(chan struct{}, 1)
	q := &queue{}
	q.wake = func() {
		select {
		case ready <- struct{}{}:
		default:
		}
	}
	e.subscribers.add(q)
	unhook := context.AfterFunc(ctx, func() { e.subscribers.remove(q) })
	return func(yield func(Change) bool) {
		defer unhook()
		defer e.subscribers.remove(q)
		for {
			change, ok := q.take()
			if ok {
				if ctx.Err() != nil || !yield(change) {
					return
				}
				continue
			}
			select {
			case <-ready:
			case <-ctx.Done():
				return
			}
		}
	}
}
