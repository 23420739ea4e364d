package proptest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
)

// face is the public face of an elector, behind which a planted fault may stand.
type face interface {
	Start() error
	TryAcquire(ctx context.Context) (*elector.Term, error)
	Campaign(ctx context.Context) (*elector.Term, error)
	Run(ctx context.Context, work func(context.Context, *elector.Term) error) error
	Renew(ctx context.Context) error
	Release(ctx context.Context) error
	Stop(ctx context.Context) error
	Close() error
	IsLeader() bool
	Term() *elector.Term
	State() elector.State
	Leader() (elector.Leader, bool)
	Subscribe(f func(elector.Change)) (unsubscribe func())
	Changes(ctx context.Context) iter.Seq[elector.Change]
}

// actor is one elector on the stage.
type actor struct {
	face
	// real is the elector itself, and cfg its settings.
	real *elector.Elector
	cfg  elector.Config
	dial *dial
	link *link

	// begun is the instant at which a call was last begun that may make it lead; stops and closes count those calls.
	begun         atomic.Int64
	stops, closes atomic.Int64
	// forbidden counts the calls that were, or may have been, answered so.
	forbidden atomic.Uint64

	// last is the newest term seen.
	last      atomic.Pointer[elector.Term]
	listeners []*listener
	// works is how many workloads of Run are under way; prompt tells that one is, which returns as soon as it is told.
	works  atomic.Int64
	prompt atomic.Bool
	// tape is what the recorder took down, in a build that has one.
	tape tape
}

// breach is what was not as it has to be.
type breach struct{ rule, text string }

func (b *breach) String() string { return b.rule + ": " + b.text }

// stage is one run of real electors, in a bubble.
type stage struct {
	script script
	plan   *plot
	tally  *tally
	began  time.Time
	inner  *memory.Store
	actors []*actor
	// stepped is how far the store's clock was set back.
	stepped atomic.Int64

	// root is the context of all calls. calm is closed when all faults and workloads end, over when the run ends.
	root       context.Context
	cancelRoot context.CancelCauseFunc
	calm, over chan struct{}
	background sync.WaitGroup

	mu     sync.Mutex
	breach *breach
	calls  []*call
	// terms are all that were seen, with the error of those that were seen ended.
	terms  map[*elector.Term]error
	fences map[uint64]*elector.Term
	// led is the term that led last while nothing moved.
	led *elector.Term
}

// perform plays a script in the present bubble, and returns what was wrong, or nil. Nothing is left running.
func perform(sc script, plan *plot, tally *tally) *breach {
	s := newStage(sc, plan, tally)
	defer s.end()
	s.background.Go(s.keepLooking)
	for _, o := range sc.ops {
		s.do(o)
		if s.pass(o.then) {
			return s.broken()
		}
	}
	s.comeToRest()
	return s.broken()
}

func newStage(sc script, plan *plot, tally *tally) *stage {
	s := &stage{
		script: sc, plan: plan, tally: tally, began: time.Now().Round(0),
		calm: make(chan struct{}), over: make(chan struct{}),
		terms: map[*elector.Term]error{}, fences: map[uint64]*elector.Term{},
	}
	s.root, s.cancelRoot = context.WithCancelCause(context.Background())
	s.inner = memory.New(memory.WithClock(s.storeTime))
	var store stores.Watcher = s.inner
	if plan.store != nil {
		store = plan.store(s, store)
	}
	for who := range sc.manual {
		a := &actor{cfg: sc.config(who), dial: newDial(sc.ppm[who]), link: newLink(s, store)}
		a.cfg.Clock = a.dial
		if plan.clock != nil {
			a.cfg.Clock = plan.clock(a.dial)
		}
		a.tape.record(&a.cfg)
		e, err := elector.New(a.link, a.cfg)
		if err != nil {
			s.violate("settings", "%v", err)
			continue
		}
		a.real, a.face = e, e
		if plan.face != nil {
			a.face = plan.face(s, e)
		}
		s.actors = append(s.actors, a)
		s.listen(a, listenPlain)
	}
	return s
}

// storeTime is the store's clock, which runs at a rate of its own and may have been set back.
func (s *stage) storeTime() time.Time {
	run := int64(time.Since(s.began))
	return s.began.Add(time.Duration(run + run/1000*int64(s.script.storePPM)/1000 - s.stepped.Load()))
}

// violate notes what is wrong. The first counts.
func (s *stage) violate(rule, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.breach == nil {
		s.breach = &breach{rule, fmt.Sprintf("after %v: ", time.Since(s.began)) + fmt.Sprintf(format, args...)}
	}
}

func (s *stage) broken() *breach {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.breach
}

// pass lets time pass, and then everything that is due happen, and looks. It reports whether something is wrong.
func (s *stage) pass(d time.Duration) bool {
	time.Sleep(d)
	synctest.Wait()
	s.look()
	s.lookClosely()
	s.checkCalls()
	return s.broken() != nil
}

// keepLooking looks again and again, while everything else goes on.
func (s *stage) keepLooking() {
	ticker := time.NewTicker(37 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.look()
		case <-s.over:
			return
		}
	}
}

// sleep waits, at most until all comes to rest.
func (s *stage) sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.calm:
	}
}

var (
	errGone = errors.New("the caller went away")
	errRest = errors.New("everybody is called back")
)

// appease ends all faults.
func (s *stage) appease() {
	select {
	case <-s.calm:
	default:
		close(s.calm)
	}
	for _, a := range s.actors {
		a.link.fail(faultNone, 0, 0)
		a.dial.resume()
	}
}

// end leaves nothing behind, whatever has happened.
func (s *stage) end() {
	s.appease()
	s.cancelRoot(errRest)
	close(s.over)
	for _, a := range s.actors {
		_ = a.real.Close()
		for _, l := range a.listeners {
			l.stop()
		}
	}
	s.background.Wait()
}
