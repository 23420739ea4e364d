package proptest_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/fsm/clock"
	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores"
)

// plot is a planted fault: a wrong elector, a wrong store, or a wrong clock. The empty one plants nothing.
type plot struct {
	face  func(*stage, *elector.Elector) face
	store func(*stage, stores.Watcher) stores.Watcher
	clock func(*dial) clock.Clock
	// rules are those of which one has to find it.
	rules []string
}

// plots are the planted faults.
var plots = map[string]*plot{
	"IsLeader is true until the loss is told": {
		face:  func(_ *stage, e *elector.Elector) face { return newFlagged(e, true) },
		rules: []string{"all tell the same of an elector", "nothing leads after a stop"},
	},
	"IsLeader is true when the gain is told": {
		face:  func(_ *stage, e *elector.Elector) face { return newFlagged(e, false) },
		rules: []string{"all tell the same of a term", "all tell the same of an elector"},
	},
	"Term keeps the last term": {
		face:  func(_ *stage, e *elector.Elector) face { return &keeping{Elector: e} },
		rules: []string{"all tell the same of an elector"},
	},
	"Stop returns before its work is done": {
		face:  func(_ *stage, e *elector.Elector) face { return hasty{Elector: e, stop: true} },
		rules: []string{"success means that the lease is released"},
	},
	"Stop is left to another goroutine": {
		face:  func(s *stage, e *elector.Elector) face { return hasty{Elector: e, stage: s} },
		rules: []string{"nothing leads after a stop", "what led is over after a stop or release"},
	},
	"Release does nothing": {
		face:  func(_ *stage, e *elector.Elector) face { return hasty{Elector: e, release: true} },
		rules: []string{"what led is over after a stop or release"},
	},
	"Campaign ignores its context": {
		face:  func(s *stage, e *elector.Elector) face { return stubborn{e, s} },
		rules: []string{"a call returns when its context ends"},
	},
	"TryAcquire returns neither term nor error": {
		face:  func(_ *stage, e *elector.Elector) face { return silent{e} },
		rules: []string{"a try brings a term or an error"},
	},
	"an error hides its class": {
		face:  func(_ *stage, e *elector.Elector) face { return vague{e} },
		rules: []string{"errors are the documented ones"},
	},
	"Run ends with its first workload": {
		face:  func(_ *stage, e *elector.Elector) face { return once{e} },
		rules: []string{"Run goes on until its context ends"},
	},
	"Run begins a workload while the last one runs": {
		face:  func(s *stage, e *elector.Elector) face { return detached{e, s} },
		rules: []string{"an elector's workload has returned before its next begins"},
	},
	"a workload is told after its lease has expired": {
		face:  func(s *stage, e *elector.Elector) face { return deafening{e, s} },
		rules: []string{"no two work"},
	},
	"a workload is not told why": {
		face:  func(_ *stage, e *elector.Elector) face { return terse{e} },
		rules: []string{"the workload is told why"},
	},
	"Stop waits for ever": {
		face:  func(s *stage, e *elector.Elector) face { return endless{Elector: e, stage: s, stop: true} },
		rules: []string{"a call returns when its context ends", "giving up takes its time and no more"},
	},
	"Close waits for ever": {
		face:  func(s *stage, e *elector.Elector) face { return endless{Elector: e, stage: s, close: true} },
		rules: []string{"Close returns", "giving up takes its time and no more", "calls return when they are called back"},
	},
	"Run waits for ever": {
		face:  func(s *stage, e *elector.Elector) face { return endless{Elector: e, stage: s, run: true} },
		rules: []string{"calls return when they are called back"},
	},
	"Start waits for ever": {
		face:  func(s *stage, e *elector.Elector) face { return endless{Elector: e, stage: s, start: true} },
		rules: []string{"a call returns"},
	},
	"Close only stops": {
		face:  func(_ *stage, e *elector.Elector) face { return open{e} },
		rules: []string{"closed is the end"},
	},
	"Renew is tried twice": {
		face:  func(_ *stage, e *elector.Elector) face { return twice{e} },
		rules: []string{"only callers are refused"},
	},
	"core and machine disagree": {
		face:  func(_ *stage, e *elector.Elector) face { return disagreeing{e} },
		rules: []string{"core and machine agree"},
	},
	"a subscriber is not told of the end": {
		face: subscribing(func(f func(elector.Change), c elector.Change) {
			if c.Current != elector.StateClosed {
				f(c)
			}
		}),
		rules: []string{"everything is told"},
	},
	"a loss that a stop brings is told without its term": {
		face: subscribing(func(f func(elector.Change), c elector.Change) {
			if c.Reason == elector.ReasonStopped {
				c.Lost = nil
			}
			f(c)
		}),
		rules: []string{"every gain is followed by its loss", "gains and losses alternate"},
	},
	"a merge is not counted right": {
		face:  func(_ *stage, e *elector.Elector) face { return &miscounting{Elector: e} },
		rules: []string{"what is left out is counted"},
	},
	"a subscriber is told twice": {
		face:  subscribing(func(f func(elector.Change), c elector.Change) { f(c); f(c) }),
		rules: []string{"changes are told in order", "gains and losses alternate"},
	},
	"a subscriber is not told of losses by the deadline": {
		face: subscribing(func(f func(elector.Change), c elector.Change) {
			if c.Lost == nil || c.Reason != elector.ReasonDeadline {
				f(c)
			}
		}),
		rules: []string{"changes are told in order", "gains and losses alternate"},
	},
	"a subscriber is told in any order": {
		face:  subscribing(func(f func(elector.Change), c elector.Change) { go f(c) }),
		rules: []string{"changes are told in order", "a subscriber is told one change at a time", "gains and losses alternate"},
	},
	"unsubscribing does nothing": {
		face:  func(_ *stage, e *elector.Elector) face { return &clinging{Elector: e} },
		rules: []string{"who has unsubscribed is told no more"},
	},
	"a lock is held while subscribers are told": {
		face:  func(s *stage, e *elector.Elector) face { return newLocking(s, e) },
		rules: []string{"a call returns when its context ends", "a call returns", "giving up takes its time and no more"},
	},
	"the store grants what another holds": {
		store: func(_ *stage, s stores.Watcher) stores.Watcher { return wrongStore{Watcher: s, grants: true} },
		rules: []string{"at most one leads", "who leads holds the lease"},
	},
	"the store renews what is held no more": {
		store: func(_ *stage, s stores.Watcher) stores.Watcher { return wrongStore{Watcher: s, renews: true} },
		rules: []string{"at most one leads", "who leads holds the lease"},
	},
	"the store releases by incarnation": {
		store: func(_ *stage, s stores.Watcher) stores.Watcher { return wrongStore{Watcher: s, releases: true} },
		rules: []string{"at most one leads", "who leads holds the lease"},
	},
	"the store gives one fence to all": {
		store: func(_ *stage, s stores.Watcher) stores.Watcher { return wrongStore{Watcher: s, fence: 7} },
		rules: []string{"a fence has one term", "the store keeps its contract, and is believed", "who leads holds the lease"},
	},
	"the store refuses everybody": {
		store: func(_ *stage, s stores.Watcher) stores.Watcher { return wrongStore{Watcher: s, refuses: true} },
		rules: []string{"somebody leads in time"},
	},
	"the clock runs far too slow": {
		clock: func(d *dial) clock.Clock { return wrongClock{dial: d, share: 2} },
		rules: []string{"at most one leads", "who leads holds the lease"},
	},
	"the clock does not see that the machine slept": {
		clock: func(d *dial) clock.Clock { return wrongClock{dial: d, share: 1} },
		rules: []string{"at most one leads", "who leads holds the lease"},
	},
	"a timer is left": {
		clock: func(d *dial) clock.Clock { return leaving{d} },
		rules: []string{"nothing is left"},
	},
}

// TestDriverFindsPlantedFaults plays scripts, the same at each run, with each fault in turn, and expects the right rule
// to be found broken.
func TestDriverFindsPlantedFaults(t *testing.T) {
	for name, plot := range plots {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range budget(4000, 30) {
				var found *breach
				sc := scripts.Example(seed)
				synctest.Test(t, func(*testing.T) { found = perform(sc, plot, &tally{}) })
				if found != nil {
					require.Contains(t, plot.rules, found.rule, "by script %d: %s", seed, found)
					t.Logf("found by script %d: %s", seed, found)
					return
				}
			}
			if testing.Short() || raceEnabled {
				t.Skip("not among the first scripts")
			}
			t.Fatal("not found")
		})
	}
}

// TestDriverChecksThatNoElectorBreaks gives those checks something to find that no wrong elector or store could do
// without another check finding it first.
func TestDriverChecksThatNoElectorBreaks(t *testing.T) {
	for rule, plant := range map[string]func(*stage, *actor, *elector.Term){
		"an ended term stays ended": func(s *stage, _ *actor, term *elector.Term) {
			s.terms[term] = elector.ErrEnded
			s.lookAtEnded()
		},
		"a fence has one term": func(s *stage, a *actor, term *elector.Term) {
			s.fences[term.Fence()] = term
			delete(s.terms, term)
			s.note(a, term)
		},
		"fences grow": func(s *stage, a *actor, term *elector.Term) {
			a.listeners[0].fence = term.Fence() + 1
			a.listeners[0].check(elector.Change{Previous: elector.StateLeading, Gained: term})
		},
		"a term is its elector's": func(s *stage, _ *actor, term *elector.Term) { s.checkGrant(s.actors[1], term, nil) },
	} {
		t.Run(rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(scripts.Example(1), &plot{}, &tally{})
				defer s.end()
				term, err := s.actors[0].Campaign(t.Context())
				require.NoError(t, err)
				require.False(t, s.pass(0))
				a := s.actors[0]
				a.listeners[0].open = nil
				plant(s, a, term)
				require.NotNil(t, s.broken())
				require.Equal(t, rule, s.broken().rule)
			})
		})
	}
}
