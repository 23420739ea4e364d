//go:build linux || darwin

package runner

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/tools/tenure/internal/guard"
)

// What a program finds in its environment.
const (
	EnvElection    = "TENURE_HELD_ELECTION"
	EnvParticipant = "TENURE_HELD_PARTICIPANT"
	EnvFence       = "TENURE_HELD_FENCE"
)

// Settings say what is run, and for what.
type Settings struct {
	// Elector has the election and the timings.
	Elector elector.Config
	// Command is the program.
	Command guard.Command
	// Once ends the run with the program, or with the leadership.
	Once bool
	// Wait is for how long it waits for the leadership before the program has run; 0 is for ever.
	Wait time.Duration
	// Signals are those that this process is sent. SIGTERM, SIGINT and SIGQUIT end the run: the program is sent the first,
	// and a second one kills it. SIGCHLD is looked after, others are passed on.
	Signals <-chan os.Signal
	// HangUp makes SIGHUP end the run too, where it says that the terminal is gone.
	HangUp bool
	// Tell is told what happens, by one goroutine. Where it blocks, events are left out.
	Tell func(Event)
}

// Outcome is how a run ended.
type Outcome struct {
	// Ran tells whether the last tenure's program ran to its end; Status is what its first process ended with.
	Ran    bool
	Status syscall.WaitStatus
	// Lost: the program was told to end, and not since the run was stopped. It ends a run that is to be once.
	Lost bool
	// Orphaned: the guardian died before it had started the program.
	Orphaned bool
	// GaveUp: it did not lead within Wait.
	GaveUp bool
	// Errno is why the program could not be started.
	Errno syscall.Errno
	// Stopped is the signal that ended the run, or 0.
	Stopped syscall.Signal
}

// EventKind is what an [Event] is about.
type EventKind uint8

const (
	// Leads says that the program is started under Fence.
	Leads EventKind = iota + 1
	// Waits says that another leads, Leader.
	Waits
	// Ends says that the leadership under Fence is over before the program is, for the reason Err.
	Ends
	// Ended says that nothing is left of the program, and Outcome how it ended.
	Ended
	// StoreFails says that a call failed with Err, otherwise than the one before.
	StoreFails
	// StoreAnswers says that the store answers again.
	StoreAnswers
	// GivesUp says that it was waited for the leadership for long enough.
	GivesUp
	// NotReleased says that the lease was left to expire, for the reason Err.
	NotReleased
)

// Event is something that people may want to know.
type Event struct {
	Kind    EventKind
	Fence   uint64
	Leader  stores.Lease
	Outcome Outcome
	Err     error
}

// errGuardian is why a program ends that its tenure would let run on.
var errGuardian = errors.New("its guardian is gone, was stopped, or was sent a signal")

// Run runs the program whenever an elector over the store leads, until a signal ends it; with Once, until the program has
// run. It returns when no process of the program's group is left and the lease is released, or left to expire. The error is
// [elector.ErrInvalid] before anything is done, one of the store's that no retry can mend, or one of this system's.
func Run(store stores.Watcher, s Settings) (Outcome, error) {
	if err := guard.Supported(); err != nil {
		return Outcome{}, err
	}
	s.Elector = s.Elector.WithDefaults()
	telling := newTeller(s.Tell)
	defer telling.close()
	r := &runner{settings: s, tell: telling.tell}
	r.line = &lifeline{Watcher: store, grace: s.Elector.Grace, now: guard.Now, tell: r.tell}
	e, err := elector.New(r.line, s.Elector)
	if err != nil {
		return Outcome{}, err
	}
	r.elector = e
	return r.run()
}

type runner struct {
	settings Settings
	tell     func(Event)
	line     *lifeline
	elector  *elector.Elector
	cancel   context.CancelFunc

	mu      sync.Mutex
	child   *guard.Child
	stopped syscall.Signal
	// began: a program was started; gaveUp: none was in time.
	began, gaveUp bool

	// ran: a program was started before, in this tenure or an earlier one, so its file was there.
	ran     bool
	outcome Outcome
	fatal   error
}

// run campaigns and works until the context ends, which closes the elector: first nobody believes that it leads, then the
// program is told.
func (r *runner) run() (Outcome, error) {
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	closed := make(chan error, 1)
	context.AfterFunc(ctx, func() { closed <- r.elector.Close() })
	heeding := make(chan struct{})
	go r.heed(heeding)
	if r.settings.Wait > 0 {
		defer time.AfterFunc(r.settings.Wait, r.giveUp).Stop()
	}
	for ctx.Err() == nil && r.fatal == nil {
		r.tenure(ctx)
	}
	cancel()
	if err := <-closed; err != nil {
		r.tell(Event{Kind: NotReleased, Err: err})
	}
	close(heeding)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outcome.Stopped, r.outcome.GaveUp = r.stopped, r.gaveUp
	return r.outcome, r.fatal
}

// giveUp ends a run in which no program was started.
func (r *runner) giveUp() {
	r.mu.Lock()
	r.gaveUp = !r.began
	gaveUp := r.gaveUp
	r.mu.Unlock()
	if gaveUp {
		r.tell(Event{Kind: GivesUp})
		r.cancel()
	}
}

// begin notes that a program is to be started, unless the run was given up.
func (r *runner) begin() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.began = true
	return !r.gaveUp
}

// tenure waits for the leadership, and runs the program in it. After a release the elector waits for Retry by itself.
func (r *runner) tenure(ctx context.Context) {
	term, err := r.elector.Campaign(ctx)
	if err != nil {
		if ctx.Err() == nil {
			r.fatal = err
		}
		return
	}
	done, err := term.Register(ctx)
	if err != nil {
		return
	}
	r.work(term)
	done()
	if ctx.Err() != nil || r.fatal != nil {
		return
	}
	r.outcome = Outcome{} // a stop that comes now finds no program
	if err := r.elector.Release(ctx); err != nil && ctx.Err() == nil {
		r.tell(Event{Kind: NotReleased, Fence: term.Fence(), Err: err})
	}
}

// work runs the program and returns when nothing is left of it.
func (r *runner) work(term *elector.Term) {
	if !r.begin() {
		return
	}
	r.tell(Event{Kind: Leads, Fence: term.Fence()})
	child, err := r.start(term)
	var errno syscall.Errno
	switch {
	case err == nil:
		stopped := r.watch(child, term)
		r.settle(term, child.Result(), stopped)
	case errors.As(err, &errno) && passing(errno):
		r.settle(term, guard.Result{Errno: errno}, false)
	default:
		r.fatal = err
	}
}

// start starts the program, within the bounds of the tenure.
func (r *runner) start(term *elector.Term) (*guard.Child, error) {
	c := r.settings.Command
	c.Env = append(slices.Clone(c.Env), EnvElection+"="+term.Election(), EnvParticipant+"="+r.elector.Participant(),
		EnvFence+"="+strconv.FormatUint(term.Fence(), 10))
	r.mu.Lock()
	defer r.mu.Unlock()
	child, err := guard.Start(c, r.line.safe(term.Fence()))
	if err != nil {
		return nil, err
	}
	r.child = child
	r.line.follow(term.Fence(), child.Extend, child.Kill)
	return child, nil
}

// passing tells whether a program that could not be started for this reason may be started later.
func passing(errno syscall.Errno) bool {
	return slices.Contains([]syscall.Errno{
		syscall.EAGAIN, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE, syscall.ETXTBSY, syscall.EINTR,
	}, errno)
}

// watch tells the program to end when the tenure does, and what is left of it when its first process has ended. It reports
// whether it was told to end because the run was stopped.
func (r *runner) watch(child *guard.Child, term *elector.Term) (stopped bool) {
	over, told, exited := term.Context().Done(), child.Told(), child.Exited()
	for {
		select {
		case <-child.Done():
			return stopped
		case <-told: // perhaps by its guardian alone, and the lease is renewed on
			told = nil
			child.Tell(syscall.SIGTERM, guard.Now().Add(r.settings.Elector.Drain))
			if over != nil && term.Err() == nil {
				r.tell(Event{Kind: Ends, Fence: term.Fence(), Err: errGuardian})
			}
		case <-exited:
			exited, told = nil, nil // what is told from here on, is so by the next line
			child.Tell(syscall.SIGTERM, guard.Now().Add(r.settings.Elector.Drain))
		case <-over:
			over = nil
			stopped = r.end(child, term) && told != nil
		}
	}
}

// end tells the program to end for the reason that ended the tenure, and reports whether that is a stop of the run: within
// nine tenths of the drain limit it must have ended then, for the lease to be released in the last. One whose lease is lost was
// killed as soon as the store said so.
func (r *runner) end(child *guard.Child, term *elector.Term) (stop bool) {
	var ended *elector.EndedError
	errors.As(term.Err(), &ended)
	sig := r.signalled()
	if stop = ended.Reason == elector.ReasonStopped && sig != 0; stop {
		child.Tell(sig, guard.Now().Add(r.settings.Elector.Drain*9/10))
	} else {
		child.Tell(syscall.SIGTERM, guard.Never)
	}
	r.tell(Event{Kind: Ends, Fence: term.Fence(), Err: ended})
	return stop
}

// settle notes how the program ended, and whether that is the end.
func (r *runner) settle(term *elector.Term, result guard.Result, stopped bool) {
	r.mu.Lock()
	r.child = nil
	guard.Reap()
	r.mu.Unlock()
	r.outcome = Outcome{
		Ran: !result.Refused && !result.Orphaned && result.Errno == 0, Status: result.Status, Errno: result.Errno,
		Lost: result.Told && !stopped, Orphaned: result.Orphaned,
	}
	if r.outcome.Ran && !result.Exited {
		r.outcome.Status = syscall.WaitStatus(syscall.SIGKILL)
	}
	r.tell(Event{Kind: Ended, Fence: term.Fence(), Outcome: r.outcome})
	never := result.Errno != 0 && !passing(result.Errno) && !r.ran // a program that was never there
	r.ran = r.ran || r.outcome.Ran
	if never || (r.settings.Once && r.outcome.Ran) {
		r.cancel()
	}
}

// heed passes signals on until the run is over.
func (r *runner) heed(over <-chan struct{}) {
	for {
		select {
		case <-over:
			return
		case s := <-r.settings.Signals:
			switch sig, ok := s.(syscall.Signal); {
			case !ok:
			case sig == syscall.SIGCHLD:
				r.reap()
			default:
				r.take(sig)
			}
		}
	}
}

// reap looks at the ends of processes that former tenures left behind. While a program runs, that is for its owner.
func (r *runner) reap() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.child == nil {
		guard.Reap()
	}
}

func (r *runner) take(sig syscall.Signal) {
	r.mu.Lock()
	child, again := r.child, r.stopped != 0
	ends := sig == syscall.SIGTERM || sig == syscall.SIGINT || sig == syscall.SIGQUIT ||
		(sig == syscall.SIGHUP && r.settings.HangUp)
	if ends && !again {
		r.stopped = sig
	}
	r.mu.Unlock()
	switch {
	case ends && !again:
		r.cancel()
	case child == nil:
	case ends:
		child.Kill()
	default:
		child.Signal(sig)
	}
}

// signalled returns the signal that ended the run, or 0.
func (r *runner) signalled() syscall.Signal {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stopped
}
