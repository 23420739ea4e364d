package proptest_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tenure-go/tenure/gen/elector"
)

// listenKind is how a subscriber behaves.
type listenKind int

const (
	listenPlain listenKind = iota
	listenSlow
	listenPanics
	listenGoexits
	listenReplies
	listenStuck
	listenIterates
	listenBreaks
	listenCount
)

var listenNames = [...]string{"plain", "slow", "panics", "goexits", "replies", "is stuck", "iterates", "breaks"}

// listener is a subscriber that holds what it is told against what it was told before.
type listener struct {
	stage *stage
	actor *actor
	kind  listenKind
	stop  func()

	inside  atomic.Bool
	stopped atomic.Bool
	late    atomic.Int64
	replies int

	mu    sync.Mutex
	told  []elector.Change
	open  *elector.Term
	fence uint64
	// merged tells that something was left out.
	merged bool
}

// listen subscribes.
func (s *stage) listen(a *actor, kind listenKind) {
	l := &listener{stage: s, actor: a, kind: kind}
	a.listeners = append(a.listeners, l)
	if kind != listenIterates && kind != listenBreaks {
		unsubscribe := a.Subscribe(l.hear)
		l.stop = func() { unsubscribe(); l.stopped.Store(true) }
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.stop = func() { cancel(); l.stopped.Store(true) }
	changes := a.Changes(ctx)
	s.background.Go(func() {
		for c := range changes {
			l.hear(c)
			if kind == listenBreaks && c.Lost != nil {
				l.stopped.Store(true)
				cancel()
				break
			}
		}
	})
}

// hear is told of a change.
func (l *listener) hear(c elector.Change) {
	s := l.stage
	s.look()
	if !l.inside.CompareAndSwap(false, true) {
		s.violate("a subscriber is told one change at a time", "%+v", c)
	}
	defer l.inside.Store(false)
	// The one that is being told when it unsubscribes is still told.
	if l.stopped.Load() && l.late.Add(1) > 1 {
		s.violate("who has unsubscribed is told no more", "%+v", c)
	}
	l.check(c)
	if c.Merged > 0 {
		s.tally.add("told after a merge")
	}
	s.tally.add("told, " + listenNames[l.kind] + ", in " + c.Current.String())
	switch l.kind {
	case listenSlow:
		s.sleep(700 * time.Millisecond)
	case listenPanics:
		panic("a bug in the subscriber")
	case listenGoexits:
		runtime.Goexit()
	case listenReplies:
		l.reply(c)
	case listenStuck:
		<-s.calm
	default:
	}
}

// check holds a change against the last one: no step is left out that is not counted, and gains and losses alternate,
// each loss with its gain. Who subscribes during a tenure is told its loss first.
func (l *listener) check(c elector.Change) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.stage
	if n := len(l.told); n > 0 && c.Merged == 0 && l.told[n-1].Current != c.Previous {
		s.violate("changes are told in order", "%s to %s after a change to %s", c.Previous, c.Current, l.told[n-1].Current)
	}
	if c.Gained != nil {
		if l.open != nil {
			s.violate("gains and losses alternate", "fence %d was gained while %d was not lost", c.Gained.Fence(), l.open.Fence())
		}
		if c.Gained.Fence() <= l.fence || c.Lost != nil {
			s.violate("fences grow", "%d after %d", c.Gained.Fence(), l.fence)
		}
		l.open, l.fence = c.Gained, c.Gained.Fence()
		s.note(l.actor, c.Gained)
	}
	if c.Lost != nil {
		first := !slices.ContainsFunc(l.told, func(c elector.Change) bool { return c.Gained != nil || c.Lost != nil })
		if l.open != c.Lost && !first || c.Lost.Err() == nil {
			s.violate("gains and losses alternate", "fence %d was lost, and is not what was gained", c.Lost.Fence())
		}
		l.open = nil
	}
	l.merged = l.merged || c.Merged > 0
	l.told = append(l.told, c)
}

// reply calls the elector back from within the callback, a few times.
func (l *listener) reply(c elector.Change) {
	s, a := l.stage, l.actor
	select {
	case <-s.calm:
		return
	default:
	}
	_, _ = a.Leader()
	if a.IsLeader() && a.Term() == nil && a.IsLeader() && c.Gained == nil {
		s.tally.add("a term ended during a callback")
	}
	if l.replies++; l.replies > 6 {
		return
	}
	kinds := []opKind{opStop, opCampaign, opStart, opRelease, opTry, opRegister, opRenew, opClose, opRun}
	kind := kinds[(int(c.Current)+5*int(c.Reason)+l.replies)%len(kinds)]
	if kind == opClose && l.replies < 5 {
		kind = opRelease
	}
	s.command(a, op{kind: kind, span: 500 * time.Millisecond, how: 1})
}

// checkEnd is called when the elector is closed and nothing moves. Others were told what first, the actor's first
// listener, was told, but for what they were told that they were not.
func (l *listener) checkEnd(first *listener) {
	if l.stopped.Load() || len(l.told) == 0 {
		return
	}
	if last := l.told[len(l.told)-1]; last.Current != elector.StateClosed {
		l.stage.violate("everything is told", "to a subscriber that %s: the last is %+v", listenNames[l.kind], last)
	}
	if l.open != nil {
		l.stage.violate("every gain is followed by its loss", "fence %d", l.open.Fence())
	}
	if first.stopped.Load() || first.merged {
		return
	}
	at := len(first.told) - 1
	for i := len(l.told) - 1; i >= 0; i-- {
		if at < 0 || !sameChange(l.told[i], first.told[at]) {
			l.stage.violate("what is left out is counted", "a subscriber that %s was told %+v", listenNames[l.kind], l.told[i])
			return
		}
		at -= 1 + int(l.told[i].Merged)
	}
}

func sameChange(a, b elector.Change) bool {
	return a.Previous == b.Previous && a.Current == b.Current && a.Gained == b.Gained && a.Lost == b.Lost && a.Reason == b.Reason
}
