package proptest_test

import (
	"context"
	"errors"
	"slices"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/gen/elector"
)

// note keeps a term that was seen. One fence has one term.
func (s *stage) note(a *actor, t *elector.Term) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.terms[t]; known {
		return
	}
	s.terms[t] = nil
	a.last.Store(t)
	other := s.fences[t.Fence()]
	s.fences[t.Fence()] = t
	if other != nil && s.breach == nil {
		s.breach = &breach{"a fence has one term", "two terms of " + a.cfg.Participant + " or another have one fence"}
	}
}

// look checks what holds at any instant, whatever other goroutines do meanwhile. A term that leads after others were
// looked at has led during the look, since a term that ended never leads again.
func (s *stage) look() {
	var lead []*elector.Term
	for _, a := range s.actors {
		if t := s.lookAt(a); t != nil {
			lead = append(lead, t)
		}
	}
	lead = slices.DeleteFunc(lead, func(t *elector.Term) bool { return t.Err() != nil })
	if len(lead) > 1 {
		s.violate("at most one leads", "fences %d and %d", lead[0].Fence(), lead[1].Fence())
	}
	for _, t := range lead {
		lease, err := s.inner.Get(context.Background(), stageElection)
		if t.Err() == nil && (err != nil || lease.Fence != t.Fence() || lease.Incarnation != t.Incarnation()) {
			s.violate("who leads holds the lease", "fence %d leads, and the store has %d, %v", t.Fence(), lease.Fence, err)
		}
	}
	s.lookAtEnded()
}

// lookAt returns the actor's present term, having compared all that tells of it.
func (s *stage) lookAt(a *actor) *elector.Term {
	t := a.Term()
	if t == nil {
		return nil
	}
	s.note(a, t)
	leads, left, ctxErr := a.IsLeader(), t.Remaining(), t.Context().Err()
	err := t.Err()
	switch {
	case err == nil && (!leads || left <= 0 || ctxErr != nil):
		s.violate("all tell the same of a term", "it leads, IsLeader said %t, Remaining %v, its context %v", leads, left, ctxErr)
	case err != nil && (t.Remaining() != 0 || t.Context().Err() == nil || !errors.Is(err, elector.ErrEnded)):
		s.violate("all tell the same of a term", "it ended by %v, Remaining is %v, its context says %v", err, t.Remaining(),
			t.Context().Err())
	}
	return t
}

// lookAtEnded checks that what was seen ended stays so, for the same reason.
func (s *stage) lookAtEnded() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for t, before := range s.terms {
		err := t.Err()
		if before != nil && !errors.Is(err, before) && s.breach == nil {
			s.breach = &breach{"an ended term stays ended", "it had ended, and now says otherwise"}
		}
		if err != nil {
			s.terms[t] = err
		}
	}
}

// lookClosely checks what holds while nothing moves.
func (s *stage) lookClosely() {
	for _, a := range s.actors {
		leads, t, state := a.IsLeader(), a.Term(), a.State()
		if leads != (t != nil) || leads && state != elector.StateLeading {
			s.violate("all tell the same of an elector", "IsLeader says %t, Term %v, State %s", leads, t, state)
		}
		if leads && s.led != t {
			if s.led != nil && s.led.Fence() >= t.Fence() {
				s.violate("fences grow", "%d after %d", t.Fence(), s.led.Fence())
			}
			s.led = t
			s.tally.add("a new leader")
		}
		if stats := a.real.Stats(); stats.StoreFaults > 0 {
			s.violate("the store keeps its contract, and is believed", "%+v", stats)
		}
	}
}

// comeToRest ends all faults, and lets everybody who is not closed stand: somebody has to lead in time. Then it closes
// all, and nothing may be left.
func (s *stage) comeToRest() {
	s.appease()
	s.cancelRoot(errRest)
	if !s.until("calls return when they are called back", ending(s.actors[0].cfg)*101/100, func() bool { return s.waiting() == 0 }) {
		return
	}
	s.root, s.cancelRoot = context.WithCancelCause(context.Background())
	standing := s.stand()
	bound := s.actors[0].cfg.Failover().Worst*101/100 + time.Duration(s.stepped.Load())
	led := s.until("somebody leads in time", bound, func() bool {
		return slices.ContainsFunc(standing, func(a *actor) bool { return a.IsLeader() })
	})
	if led {
		s.bow()
	}
}

// until lets time pass until something is true, and reports whether it became so in time.
func (s *stage) until(rule string, bound time.Duration, so func() bool) bool {
	const step = 20 * time.Millisecond
	synctest.Wait()
	for passed := time.Duration(0); !so(); passed += step {
		if passed > bound {
			s.violate(rule, "not within %v", bound)
		}
		if s.pass(step) {
			return false
		}
	}
	return s.broken() == nil
}

// stand lets everybody who can take part do so; the heir only where no other can.
func (s *stage) stand() (standing []*actor) {
	others := s.actors[:len(s.actors)-1]
	for _, a := range s.actors {
		heir := a == s.actors[len(s.actors)-1]
		if a.State() == elector.StateClosed || heir && len(standing) > 0 {
			continue
		}
		for errors.Is(a.real.Start(), elector.ErrStopped) {
			a.forbidden.Add(1)
			_ = a.real.Stop(context.Background())
		}
		if a.cfg.Manual {
			go s.command(a, op{kind: opCampaign})
		}
		standing = append(standing, a)
	}
	s.tally.add("standing: " + [...]string{"the heir", "some", "some", "all"}[min(len(standing)*3/(len(others)+1), 3)])
	return standing
}

// bow closes everything: nobody leads, everybody was told everything, and no timer, no subscription is left. A goroutine
// that is left fails the bubble.
func (s *stage) bow() {
	for _, a := range s.actors {
		if seen := a.forbidden.Load(); a.closes.Load() == 0 && a.real.Stats().Forbidden > seen {
			s.violate("only callers are refused", "%d were, of %d", seen, a.real.Stats().Forbidden)
		}
		go s.command(a, op{kind: opClose})
	}
	if !s.until("Close returns", ending(s.actors[0].cfg)*101/100, func() bool { return s.waiting() == 0 }) {
		return
	}
	synctest.Wait()
	for _, a := range s.actors {
		if a.State() != elector.StateClosed || a.IsLeader() || a.real.IsLeader() {
			s.violate("closed is the end", "%s, leading %t", a.State(), a.IsLeader())
		}
		if timers, watches := a.dial.timers(), a.link.watches.Load(); timers != 0 || watches != 0 {
			s.violate("nothing is left", "%d timers, %d subscriptions", timers, watches)
		}
		for _, l := range a.listeners {
			l.checkEnd(a.listeners[0])
		}
		if err := a.tape.replay(); err != nil {
			s.violate("the core alone does the same", "%v", err)
		}
		s.tally.merge(&a.tape)
	}
}
