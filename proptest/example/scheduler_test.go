package example_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/proptest/example"
	"github.com/tenure-go/tenure/proptest/leadership"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/faulty"
	"github.com/tenure-go/tenure/stores/fencing"
	"github.com/tenure-go/tenure/stores/memory"
	"github.com/tenure-go/tenure/stores/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ledger is the test's own: in memory, guarded, and it tells the history of each write.
type ledger struct {
	history  *leadership.History
	guard    fencing.Guard
	unfenced bool         // a planted fault
	slow     atomic.Int64 // how long a write is on its way, in nanoseconds

	mu      sync.Mutex
	minutes []time.Time
}

func (l *ledger) Record(token fencing.Token, minute time.Time) error {
	time.Sleep(time.Duration(l.slow.Load()))
	write := func() error {
		l.tell(leadership.Admitted, token)
		l.mu.Lock()
		defer l.mu.Unlock()
		if n := len(l.minutes); n == 0 || l.minutes[n-1].Before(minute) {
			l.minutes = append(l.minutes, minute)
		}
		return nil
	}
	if l.unfenced {
		return write()
	}
	err := l.guard.Do(token, write)
	if err != nil {
		l.tell(leadership.Refused, token)
	}
	return err
}

func (l *ledger) tell(kind leadership.Kind, token fencing.Token) {
	l.history.Add(leadership.Event{
		Kind: kind, Election: "minutes", Incarnation: token.Incarnation, Fence: token.Fence, Resource: "ledger",
	})
}

// replicas are three schedulers, each over a link of its own to one store.
type replicas struct {
	ledger   *ledger
	history  leadership.History
	electors []leadership.Elector
	links    []*faulty.Link
}

// start runs the replicas until ctx ends. Inside of a bubble of synctest, hours take milliseconds.
func start(ctx context.Context, t *testing.T, l *ledger) *replicas {
	t.Helper()
	r, store := &replicas{ledger: l}, audited{Watcher: memory.New()}
	l.history = &r.history
	for i := range 3 {
		link := faulty.NewLink(store)
		e, err := elector.New(link.Store(), elector.Config{
			Election: "minutes", Participant: fmt.Sprint("replica ", i), Lease: 15 * time.Second,
		})
		require.NoError(t, err)
		r.history.Follow(e)
		r.electors, r.links = append(r.electors, e), append(r.links, link)
		go func() { _ = example.Schedule(ctx, e, r.ledger) }()
	}
	return r
}

// pass lets time pass, and looks at who leads each 100 ms.
func (r *replicas) pass(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		r.history.Look(r.electors...)
	}
}

// end lets the replicas come to rest; ctx has ended.
func (r *replicas) end() {
	for _, link := range r.links {
		link.Up()
	}
	time.Sleep(time.Minute)
	for _, link := range r.links {
		link.Close()
	}
}

func TestAReplicaThatIsCutOffIsReplacedAndEachMinuteIsDoneOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r := start(ctx, t, &ledger{})
		for _, link := range r.links {
			link.On(faulty.Calls(faulty.Renew).Every(4), faulty.SwallowReply())
			link.On(faulty.Calls(faulty.Acquire).Every(3), faulty.FailAfter(nil))
			link.On(faulty.Notices().Randomly(0.3, 1), faulty.SwallowReply())
		}
		for i := range 12 {
			link := r.links[i%3]
			link.Cut()
			r.pass(3 * time.Minute)
			link.Up()
			r.pass(2 * time.Minute)
		}
		cancel()
		r.end()

		require.NoError(t, r.history.Check())
		for _, link := range r.links {
			require.NoError(t, link.Check(), "each fault did something")
		}
		// An hour has 60 minutes, and no gap is longer than what the settings promise.
		bound := elector.Config{Lease: 15 * time.Second}.Failover().Worst
		minutes := r.ledger.minutes
		require.Greater(t, len(minutes), 50)
		for i := 1; i < len(minutes); i++ {
			require.LessOrEqual(t, minutes[i].Sub(minutes[i-1]), bound+time.Minute)
		}
	})
}

// late lets a leader be replaced while its write is on its way.
func late(t *testing.T, unfenced bool) (err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r := start(ctx, t, &ledger{unfenced: unfenced})
		r.pass(10 * time.Second)
		r.ledger.slow.Store(int64(2 * time.Minute)) // From the next minute on: an answer of the check is long out of date.
		r.pass(time.Minute)
		r.ledger.slow.Store(0)
		for i, e := range r.electors {
			if e.Term() != nil {
				r.links[i].Cut()
			}
		}
		r.pass(5 * time.Minute)
		cancel()
		r.end()
		err = r.history.Check()
		kinds := map[leadership.Kind]int{}
		for _, event := range r.history.Events() {
			kinds[event.Kind]++
		}
		require.Equal(t, !unfenced, kinds[leadership.Refused] > 0, "the late write came")
	})
	return err
}

func TestAWriteThatComesLateIsRefused(t *testing.T) {
	require.NoError(t, late(t, false))
}

// A test that cannot fail is worth nothing: a ledger that compares no fence is found out.
func TestALedgerWithoutFencesIsFoundOut(t *testing.T) {
	require.ErrorContains(t, late(t, true), "a write of an earlier tenure was admitted after a later one's")
}

// audited is a store of this application's own: one that counts its grants. It must keep the contract of stores like
// any other.
type audited struct {
	stores.Watcher
	granted *int
}

func (a audited) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	lease, err := a.Watcher.Acquire(ctx, req)
	if err == nil && a.granted != nil {
		*a.granted++
	}
	return lease, err
}

func TestTheStoreKeepsTheContract(t *testing.T) {
	now := time.Now().Round(0)
	move := func(_ *testing.T, d time.Duration) { now = now.Add(d) }
	storetest.Run(t, storetest.InProcess(storetest.Harness{
		New: func(*testing.T) stores.Store {
			return audited{Watcher: memory.New(memory.WithClock(func() time.Time { return now }))}
		},
		Advance: move, Step: move, Now: func(*testing.T) time.Time { return now },
	}))
}
