package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/tenure-go/tenure/fsm/clock"
	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores"
)

// world is what all participants of a run share.
type world struct {
	journal  *journal
	resource *resource
	timeline *timeline
	store    stores.Watcher
	// tick is the pause between two writes of a workload, and so the resolution of all that is measured.
	tick    time.Duration
	running sync.WaitGroup
}

// participant is one process with its elector, its link to the store, and its workload.
type participant struct {
	*world
	who
	elector *elector.Elector
	process *process
	link    *link

	mu    sync.Mutex
	armed *order
	leave context.CancelFunc
	gone  chan struct{} // closed when the newest Run has returned
	dead  bool
}

// order is a strike that waits for the workload to reach its point.
type order struct {
	kind kind
	// struck gets the strike's place in the journal.
	struck chan int
	// wake ends a pause.
	wake chan struct{}
}

func newParticipant(w *world, name string, lease time.Duration, random *rand.Rand) (*participant, error) {
	p := &participant{world: w, process: newProcess()}
	p.link = newLink(w.store, w.journal, p.process)
	e, err := elector.New(p.link, elector.Config{
		Election: "demo", Participant: name, Lease: lease, Rand: random,
		Clock: processClock{Clock: clock.System(), process: p.process},
	})
	if err != nil {
		return nil, err
	}
	p.elector, p.who = e, who{Participant: name, Incarnation: e.Incarnation()}
	p.link.self = p.who
	return p, nil
}

// join takes part until stop or death. Who still is on the way out comes back when that is done.
func (p *participant) join() {
	ctx, cancel := context.WithCancel(context.Background())
	p.mu.Lock()
	before, gone := p.gone, make(chan struct{})
	p.leave, p.gone = cancel, gone
	p.mu.Unlock()
	p.running.Go(func() {
		defer close(gone)
		defer cancel()
		if before != nil {
			<-before
		}
		p.journal.joined(p.Participant)
		err := p.elector.Run(ctx, p.work)
		if p.isDead() {
			return // the dead report nothing
		}
		p.journal.left(p.Participant, false)
		switch {
		case errors.Is(err, elector.ErrReleaseUnknown), errors.Is(err, elector.ErrDrainLimit):
			p.timeline.say(p.Participant, 0, "stopped, and its lease is left to expire")
		case err != nil:
			p.journal.failed(fmt.Sprintf("%s: %v", p.Participant, err))
		}
	})
}

func (p *participant) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leave()
}

// die ends the process: nothing that is left of it can reach the store, its workload does no further step, and what
// remains of its elector clears itself away unheard.
func (p *participant) die() {
	p.link.sever()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dead = true
	p.leave()
}

func (p *participant) isDead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

// work is the workload: it leads until a look says that it does not.
func (p *participant) work(ctx context.Context, term *elector.Term) error {
	ticker := time.NewTicker(p.tick)
	defer ticker.Stop()
	if first := p.look(term, false); first.Leads {
		p.wonTerm(first)
	}
	for {
		switch p.turn(term) {
		case turnDied:
			return nil
		case turnOver:
			p.end(term)
			return nil
		case turnDone:
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
}

// turnEnd is how a turn of the workload came out.
type turnEnd uint8

const (
	turnDone turnEnd = iota
	turnOver
	turnDied
)

// turn is one check with one write after it. A strike may come between the two, or after both. Who wakes up from a pause
// first finishes what it was about to do, as a process would, and then looks; only then the rest of the process goes on.
func (p *participant) turn(term *elector.Term) turnEnd {
	if !p.look(term, false).Leads {
		return turnOver
	}
	woke := p.point(term, kindStall)
	accepted := p.resource.write(p.who, term.Fence())
	switch {
	case woke && accepted:
		p.say(term, "its late write is accepted")
	case woke:
		p.say(term, "its late write is refused: its fence is too low")
	}
	woke = woke || p.point(term, kindStop, kindKill, kindPause, kindCut)
	switch {
	case p.isDead():
		return turnDied
	case !woke:
		return turnDone
	}
	leads := p.look(term, true).Leads
	p.process.thaw()
	if !leads {
		return turnOver
	}
	return turnDone
}

// look asks whether the term still leads, and records what it said.
func (p *participant) look(term *elector.Term, waking bool) look {
	l := look{who: p.who, Fence: term.Fence(), Waking: waking, Before: p.journal.now()}
	err := term.Err()
	l.After = p.journal.now()
	l.Leads = err == nil
	p.journal.looked(l)
	switch {
	case waking && l.Leads:
		p.say(term, "looks, and still believes that it leads")
	case waking:
		p.say(term, "its first look says: not leading, "+reason(ended(err)))
	}
	return l
}

// point is where a strike of one of these kinds may hit the workload. It reports whether the process was paused here and
// is awake again.
func (p *participant) point(term *elector.Term, here ...kind) (woke bool) {
	o := p.take(here)
	if o == nil {
		return false
	}
	p.sayStrike(term, o.kind)
	switch o.kind {
	case kindStop:
		p.stop()
	case kindKill:
		p.die()
	case kindCut:
		p.link.cut()
	case kindPause, kindStall:
		p.process.freeze()
		woke = true
	}
	at := p.journal.struck(strike{who: p.who, Kind: o.kind, Fence: term.Fence()})
	if o.kind == kindKill {
		p.journal.left(p.Participant, true)
	}
	o.struck <- at
	if woke {
		<-o.wake
		p.journal.undone(at)
		s := p.journal.strike(at)
		p.say(term, "wakes up after "+ms(s.Until-s.At))
	}
	return woke
}

// arm orders a strike for as soon as the workload reaches its point.
func (p *participant) arm(k kind) *order {
	o := &order{kind: k, struck: make(chan int, 1), wake: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed = o
	return o
}

// disarm takes an order back, and reports whether it has not struck.
func (p *participant) disarm(o *order) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	waiting := p.armed == o
	p.armed = nil
	return waiting
}

// take hands the order out if it is for this point.
func (p *participant) take(here []kind) *order {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range here {
		if o := p.armed; o != nil && o.kind == k {
			p.armed = nil
			return o
		}
	}
	return nil
}

// end records why the term is over, as the workload was told.
func (p *participant) end(term *elector.Term) {
	err := term.Err()
	why := ended(err)
	p.journal.ended(ending{
		who: p.who, Fence: term.Fence(), At: p.journal.now(), Reason: why, StillLeads: err == nil,
	})
	p.say(term, "its workload ends: "+reason(why))
}

func ended(err error) (why elector.Event) {
	var over *elector.EndedError
	if errors.As(err, &over) {
		why = over.Reason
	}
	return why
}

func reason(e elector.Event) string {
	switch e {
	case elector.ReasonStopped:
		return "the elector was stopped"
	case elector.ReasonDeadline:
		return "its deadline passed"
	case elector.ReasonRefused:
		return "the store refused its renewal"
	case elector.ReasonReleased:
		return "it was released"
	default:
		return "for no known reason"
	}
}

func (p *participant) say(term *elector.Term, text string) {
	p.timeline.say(p.Participant, term.Fence(), text)
}

func (p *participant) sayStrike(term *elector.Term, k kind) {
	p.say(term, map[kind]string{
		kindStop:  "stops cleanly",
		kindKill:  "KILLED: nothing is released",
		kindPause: "PAUSED",
		kindStall: "PAUSED between its check and its write",
		kindCut:   "CUT OFF from the store",
	}[k])
}

// wonTerm announces the term with the time since anybody else was known to lead.
func (p *participant) wonTerm(first look) {
	since := instant(-1)
	p.journal.read(func(ev *evidence) {
		for _, l := range ev.Looks {
			if l.Leads && l.Fence != first.Fence {
				since = max(since, l.Before)
			}
		}
	})
	text := fmt.Sprintf("leads, fence %d", first.Fence)
	if since >= 0 {
		text += ", after a gap of " + ms(first.Before-since)
	}
	p.timeline.say(p.Participant, first.Fence, text)
}
