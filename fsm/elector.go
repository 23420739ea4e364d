package fsm

import (
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tenure-go/tenure/fsm/clock"
	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
)

// Elector takes part in one election. Its methods may be called from many goroutines. Make one with [New], and end it
// with Stop or Close, or let Run do so.
type Elector struct {
	cfg         Config
	incarnation string
	store       stores.Store
	clock       clock.Clock
	log         *slog.Logger

	// What other goroutines read.
	current     atomic.Pointer[Term]
	state       atomic.Uint32
	known       atomic.Pointer[news]
	stats       stats
	subscribers subscribers
	running     atomic.Bool
	stops       atomic.Uint64

	mailbox mailbox
	// listening holds the one goroutine that is in the store's Watch.
	listening chan struct{}

	// What the mailbox's goroutine owns.
	core     *core.Core
	machine  *Machine
	elapsed  elapsed
	timer    clock.Timer
	calls    calls
	watching *subscription
	waiters  []*waiter
	term     *Term
	failed   error
}

// New returns an elector that takes no part yet. Bad settings are an error that names all of them, before any I/O; see
// [Config.Validate].
func New(store stores.Store, cfg Config) (*Elector, error) {
	if store == nil {
		return nil, errors.Join(invalid("store", nil, "an elector needs a store"), cfg.Validate())
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.WithDefaults().complete()
	machine, err := NewMachine(lifecycle.Initial)
	if err != nil {
		return nil, err
	}
	e := &Elector{
		cfg: cfg, incarnation: randomHex(16), store: store, clock: cfg.Clock, machine: machine,
		listening: make(chan struct{}, 1),
	}
	handler := newBackground(cfg.Logger.Handler(), func() { e.stats.logsLost.Add(1) })
	e.log = slog.New(handler).With("election", cfg.Election, "participant", cfg.Participant)
	e.core = cfg.newCore(core.Settings{
		Incarnation: e.incarnation, Lease: cfg.Lease, Renewal: cfg.Renewal, Retry: cfg.Retry, Timeout: cfg.Timeout,
		Grace: cfg.Grace, Drain: cfg.Drain, Jitter: cfg.Jitter, Manual: cfg.Manual, Rand: cfg.Rand,
	})
	e.elapsed.last = e.clock.Now()
	return e, nil
}

// Election returns the name of what is led.
func (e *Elector) Election() string { return e.cfg.Election }

// Participant returns this elector's name among people.
func (e *Elector) Participant() string { return e.cfg.Participant }

// Incarnation returns what tells this elector from every other.
func (e *Elector) Incarnation() string { return e.incarnation }

// IsLeader tells whether this elector leads at this instant: in the leading state, and before the deadline by the clock
// as it is now. While it leads, that takes no lock and allocates nothing.
func (e *Elector) IsLeader() bool {
	t := e.current.Load()
	return t != nil && t.Err() == nil
}

// Term returns the present tenure, or nil if this elector does not lead at this instant. It takes no lock.
func (e *Elector) Term() *Term {
	if t := e.current.Load(); t != nil && t.Err() == nil {
		return t
	}
	return nil
}

// State returns the elector's state in the lifecycle table. It takes no lock. To learn whether the elector leads, ask
// IsLeader: the state follows the clock only as soon as the elector gets to it.
func (e *Elector) State() lifecycle.State {
	return lifecycle.State(e.state.Load())
}

// Stats counts what should not happen often. The counts only grow.
type Stats struct {
	// Forbidden is the number of events that came in a state that forbids them.
	Forbidden uint64
	// StaleReplies is the number of answers to calls that nobody waited for any more.
	StaleReplies uint64
	// StoreFaults is the number of answers against the store's contract, which were not used.
	StoreFaults uint64
	// CallsRefused is the number of calls not made because too many were stuck in the store.
	CallsRefused uint64
	// ChangesMerged is the number of changes that slow subscribers were not told.
	ChangesMerged uint64
	// SubscriberPanics is the number of panics of subscribers.
	SubscriberPanics uint64
	// LogsLost is the number of log records that a slow, failing or panicking handler did not take.
	LogsLost uint64
}

type stats struct {
	forbidden, staleReplies, storeFaults, callsRefused, changesMerged, subscriberPanics, logsLost atomic.Uint64
}

// Stats returns the counts as they are now.
func (e *Elector) Stats() Stats {
	return Stats{
		Forbidden:        e.stats.forbidden.Load(),
		StaleReplies:     e.stats.staleReplies.Load(),
		StoreFaults:      e.stats.storeFaults.Load(),
		CallsRefused:     e.stats.callsRefused.Load(),
		ChangesMerged:    e.stats.changesMerged.Load(),
		SubscriberPanics: e.stats.subscriberPanics.Load(),
		LogsLost:         e.stats.logsLost.Load(),
	}
}

// mailbox is an unbounded queue of messages, which one goroutine at a time works off.
type mailbox struct {
	mu      sync.Mutex
	queue   []message
	working bool
}

// message is an input for the core, and who waits for what comes of it.
type message struct {
	input core.Input
	// waiter is answered when the command that it stands for is settled.
	waiter *waiter
	// quits tells that the waiter's caller gave up; input then takes its wish back.
	quits bool
	// from is the subscription that a notice came from; it waits until the notice was dealt with.
	from    *subscription
	handled chan<- struct{}
}

// errBehind returns the store's error behind a row, if an answer of the store is what the row was taken for.
func (m *message) errBehind(event lifecycle.Event) error {
	if m.input.Kind != core.InputReply || event.Source() != lifecycle.SourceStore {
		return nil
	}
	return m.input.Err
}

// post adds a message and makes sure that somebody works it off. It never blocks.
func (e *Elector) post(m message) {
	e.mailbox.mu.Lock()
	defer e.mailbox.mu.Unlock()
	e.mailbox.queue = append(e.mailbox.queue, m)
	if !e.mailbox.working {
		e.mailbox.working = true
		go e.work()
	}
}

func (e *Elector) postExpired(fence uint64) {
	e.post(message{input: core.Input{Kind: core.InputExpired, Fence: fence}})
}

// work handles messages until there are none.
func (e *Elector) work() {
	for {
		e.mailbox.mu.Lock()
		batch := e.mailbox.queue
		e.mailbox.queue = nil
		if len(batch) == 0 {
			e.mailbox.working = false
			e.mailbox.mu.Unlock()
			return
		}
		e.mailbox.mu.Unlock()
		for i := range batch {
			e.handle(&batch[i])
		}
	}
}

// elapsed turns clock readings into the core's time: the sum of the larger of monotonic and wall time between each two
// looks, so that it never falls behind either clock and never goes back.
type elapsed struct {
	last  clock.Reading
	total core.Instant
}

func (e *elapsed) advance(now clock.Reading) core.Instant {
	e.total = e.total.Add(now.Since(e.last))
	e.last = now
	return e.total
}

// maxLook is the longest time between two looks at the clock while leading. A suspended machine, or a wall clock that
// is set forward, is noticed within it even if nobody asks.
const maxLook = 250 * time.Millisecond
