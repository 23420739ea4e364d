package leadership

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/tenure-go/tenure/fsm"
	"github.com/tenure-go/tenure/stores/fencing"
)

// Elector is what a history sees of an elector. Both those of package gen/elector and of package fsm are.
type Elector interface {
	Election() string
	Participant() string
	Incarnation() string
	Term() *fsm.Term
	Subscribe(f func(fsm.Change)) (unsubscribe func())
}

// History takes down what is seen of electors. Its methods may be called from many goroutines. Its zero value is empty and
// ready to use.
type History struct {
	// Now is the clock for what people read; nil means [time.Now]. It must not be changed once the history is in use.
	Now func() time.Time

	mu       sync.Mutex
	position uint64
	events   []Event
	looks    map[tenure]*looks
}

// looks is where those at one tenure stand among the events: of many in a row that found the same, the first and the last
// say all.
type looks struct {
	kind  Kind
	last  int // the index of the last, if it is another than the first
	twice bool
}

// Follow takes down the gains and losses of an elector from now on, until unfollow is called. Follow each elector once,
// before it takes part. What is still on its way when unfollow is called may be missing.
func (h *History) Follow(e Elector) (unfollow func()) {
	return e.Subscribe(func(change fsm.Change) {
		if change.Gained != nil {
			h.add(h.of(e, Event{Kind: Gained, Fence: change.Gained.Fence()}), 0)
		}
		if change.Lost != nil {
			h.add(h.of(e, Event{Kind: Lost, Fence: change.Lost.Fence(), Reason: change.Reason.String()}), 0)
		}
	})
}

// Look looks at whether the electors lead, twice at each: so a look at one stands between two at any other.
func (h *History) Look(electors ...Elector) {
	for range 2 {
		for _, e := range electors {
			begin := h.next()
			if term := e.Term(); term != nil {
				h.add(h.of(e, Event{Kind: Led, Fence: term.Fence()}), begin)
			} else {
				h.add(h.of(e, Event{Kind: NotLed}), begin)
			}
		}
	}
}

// Leads looks at whether the elector's term leads, takes that down, and tells it: for use right before a write, in the
// place of [fsm.Term.Err].
func (h *History) Leads(e Elector, term *fsm.Term) bool {
	begin := h.next()
	event := Event{Kind: Led, Fence: term.Fence()}
	if term.Err() != nil {
		event.Kind = NotLed
	}
	h.add(h.of(e, event), begin)
	return event.Kind == Led
}

// Work wraps a workload of [fsm.Elector.Run], to look at its term when it begins and when it ends.
func (h *History) Work(
	e Elector, work func(ctx context.Context, term *fsm.Term) error,
) func(ctx context.Context, term *fsm.Term) error {
	return func(ctx context.Context, term *fsm.Term) error {
		h.Leads(e, term)
		defer h.Leads(e, term)
		return work(ctx, term)
	}
}

// Write looks at the term, writes under it to what the guard guards, whether it leads or not, and takes down whether that
// was admitted. The error is the guard's or write's.
func (h *History) Write(e Elector, term *fsm.Term, guard *fencing.Guard, write func() error) error {
	h.Leads(e, term)
	begin, tried := h.next(), false
	err := guard.Do(fencing.Of(term), func() error {
		tried = true
		// Inside of the guard, so that the order of what is taken down is that of the writes.
		h.add(h.of(e, Event{Kind: Admitted, Fence: term.Fence(), Resource: guard.Resource}), 0)
		return write()
	})
	if !tried && errors.Is(err, fencing.ErrStale) {
		h.add(h.of(e, Event{Kind: Refused, Fence: term.Fence(), Resource: guard.Resource}), begin)
	}
	return err
}

// Add takes down an event that was seen in another way. Where its End is 0, it happened now.
func (h *History) Add(event Event) { h.add(event, event.Begin) }

// Events returns what was taken down, in order. Of many looks in a row that found one tenure the same, the first and the
// last are left.
func (h *History) Events() []Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	events := slices.Clone(h.events)
	return inOrder(events...)
}

// Check holds what was taken down so far against the rules; see [Check].
func (h *History) Check() error { return Check(h.Events()) }

// of says whose the event is.
func (h *History) of(e Elector, event Event) Event {
	event.Election, event.Participant, event.Incarnation = e.Election(), e.Participant(), e.Incarnation()
	return event
}

func (h *History) next() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.position++
	return h.position
}

// add takes an event down that began at the given position, or now for 0.
func (h *History) add(event Event, begin uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if event.End == 0 {
		h.position++
		event.Begin, event.End = begin, h.position
		if begin == 0 {
			event.Begin = h.position
		}
	}
	h.position = max(h.position, event.End)
	if event.At.IsZero() {
		event.At = h.now()
	}
	if event.Kind != Led && event.Kind != NotLed {
		h.events = append(h.events, event)
		return
	}
	h.look(event)
}

// look takes a look down, in the place of the last one if the two before found the same.
func (h *History) look(event Event) {
	if h.looks == nil {
		h.looks = map[tenure]*looks{}
	}
	l := h.looks[event.tenure()]
	if event.Kind == Led {
		// A later look that finds no tenure of this incarnation is not one more of those before.
		delete(h.looks, tenure{election: event.Election, incarnation: event.Incarnation})
	}
	if l != nil && l.kind == event.Kind && l.twice {
		h.events[l.last] = event
		return
	}
	h.looks[event.tenure()] = &looks{kind: event.Kind, last: len(h.events), twice: l != nil && l.kind == event.Kind}
	h.events = append(h.events, event)
}

func (h *History) now() time.Time {
	if h.Now == nil {
		return time.Now()
	}
	return h.Now()
}
