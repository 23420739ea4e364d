package fencing_test

import (
	"errors"
	"flag"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/stores/fencing"
)

// guard is what the property is about: a [fencing.Guard], or one with a planted fault.
type guard interface {
	Do(fencing.Token, func() error) error
	Check(fencing.Token) error
	Highest() fencing.Token
}

// history is what a guard has admitted. It judges by all of it, where the guard knows the last only.
type history []fencing.Token

func (h history) admits(next fencing.Token) bool {
	return !slices.ContainsFunc(h, func(before fencing.Token) bool {
		return before.Fence > next.Fence || (before.Fence == next.Fence && before.Incarnation != next.Incarnation)
	})
}

func (h history) highest() fencing.Token {
	highest := fencing.Token{}
	for _, t := range h {
		if t.Fence > highest.Fence {
			highest = t
		}
	}
	return highest
}

// draw makes tokens that often meet: few fences, of which some differ by less than a float can tell, and few runs.
func draw(t *rapid.T) fencing.Token {
	fences := []uint64{1, 2, 3, 9, 10, 1 << 53, 1<<53 + 1, 1<<53 + 2, 1<<63 - 2, 1<<63 - 1}
	return token(rapid.SampledFrom(fences).Draw(t, "fence"), rapid.SampledFrom([]string{"a", "b"}).Draw(t, "incarnation"))
}

// guards is the property: whatever the order of calls, and whatever becomes of the writes, exactly those run that no
// earlier admission forbids.
func guards(fresh func() guard) func(*rapid.T) {
	return func(t *rapid.T) {
		g, admitted := fresh(), history{}
		require.Equal(t, fencing.Token{}, g.Highest())
		for range rapid.IntRange(1, 30).Draw(t, "calls") {
			next, fails, ran := draw(t), error(nil), false
			if rapid.Bool().Draw(t, "fails") {
				fails = errors.New("the write failed")
			}
			want := admitted.admits(next)
			var err error
			if rapid.Bool().Draw(t, "only checks") {
				ran, fails, err = want, nil, g.Check(next)
			} else {
				err = g.Do(next, func() error { ran = true; return fails })
			}
			require.Equal(t, want, ran, "%v after %v", next, admitted)
			if want {
				require.Equal(t, fails, err)
				admitted = append(admitted, next)
			} else {
				var stale *fencing.StaleError
				require.ErrorAs(t, err, &stale)
				require.Equal(t, fencing.StaleError{Offered: next, Highest: admitted.highest()}, *stale)
			}
			require.Equal(t, admitted.highest(), g.Highest())
		}
	}
}

func TestAnyOrderOfWritesKeepsTheRule(t *testing.T) {
	rapid.Check(t, guards(func() guard { return &fencing.Guard{} }))
}

// faulty is a guard with a fault planted in one of its parts.
type faulty struct {
	mu      sync.Mutex
	highest fencing.Token

	admits                           func(last, next fencing.Token) bool
	refusedCounts, failedDoesNot     bool
	checkDoesNotCount, runsTheStale  bool
	errorNamesOffered, errorsUntyped bool
}

func (f *faulty) Do(next fencing.Token, write func() error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	last := f.highest
	admits := fencing.Admits
	if f.admits != nil {
		admits = f.admits
	}
	if !admits(last, next) {
		if f.refusedCounts {
			f.highest = next
		}
		if f.runsTheStale {
			_ = write()
		}
		if f.errorNamesOffered {
			last = next
		}
		if f.errorsUntyped {
			return fencing.ErrStale
		}
		return &fencing.StaleError{Offered: next, Highest: last}
	}
	f.highest = next
	err := write()
	if err != nil && f.failedDoesNot {
		f.highest = last
	}
	return err
}

func (f *faulty) Check(next fencing.Token) error {
	before := f.Highest()
	err := f.Do(next, func() error { return nil })
	if f.checkDoesNotCount {
		f.highest = before
	}
	return err
}

func (f *faulty) Highest() fencing.Token {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.highest
}

// unfailing takes the property's failure in the place of a test.
type unfailing struct {
	testing.TB
	failed bool
}

func (u *unfailing) Failed() bool          { return u.failed }
func (u *unfailing) Fail()                 { u.failed = true }
func (u *unfailing) Error(...any)          { u.failed = true }
func (u *unfailing) Errorf(string, ...any) { u.failed = true }
func (u *unfailing) FailNow()              { u.failed = true; runtime.Goexit() }
func (u *unfailing) Fatal(...any)          { u.FailNow() }
func (u *unfailing) Fatalf(string, ...any) { u.FailNow() }
func (u *unfailing) Log(...any)            {}
func (u *unfailing) Logf(string, ...any)   {}

// setFlag sets a flag of rapid for one test.
func setFlag(t *testing.T, name, value string) {
	t.Helper()
	before := flag.Lookup(name).Value.String()
	require.NoError(t, flag.Set(name, value))
	t.Cleanup(func() { require.NoError(t, flag.Set(name, before)) })
}

// fails tells whether the property finds the guard wrong.
func fails(t *testing.T, fresh func() guard) bool {
	result, done := &unfailing{TB: t}, make(chan struct{})
	go func() {
		defer close(done)
		rapid.Check(result, guards(fresh))
	}()
	<-done
	return result.failed
}

func TestThePropertyFindsPlantedFaults(t *testing.T) {
	setFlag(t, "rapid.nofailfile", "true")
	setFlag(t, "rapid.shrinktime", "0s")
	setFlag(t, "rapid.seed", "1") // a fault that is found is found each time
	type rule = func(last, next fencing.Token) bool
	by := func(r rule) *faulty { return &faulty{admits: r} }
	for name, fault := range map[string]func() *faulty{
		"the same fence is enough":     func() *faulty { return by(func(l, n fencing.Token) bool { return n.Fence >= l.Fence }) },
		"only a higher fence will do":  func() *faulty { return by(func(l, n fencing.Token) bool { return n.Fence > l.Fence }) },
		"the incarnation is enough":    func() *faulty { return by(func(l, n fencing.Token) bool { return n.Incarnation == l.Incarnation }) },
		"everybody is admitted":        func() *faulty { return by(func(_, _ fencing.Token) bool { return true }) },
		"fences are floats":            func() *faulty { return by(asFloats) },
		"a refused write counts":       func() *faulty { return &faulty{refusedCounts: true} },
		"a refused write is run":       func() *faulty { return &faulty{runsTheStale: true} },
		"a failed write does not":      func() *faulty { return &faulty{failedDoesNot: true} },
		"a check does not count":       func() *faulty { return &faulty{checkDoesNotCount: true} },
		"the error names the offered":  func() *faulty { return &faulty{errorNamesOffered: true} },
		"the error has nothing to say": func() *faulty { return &faulty{errorsUntyped: true} },
	} {
		t.Run(name, func(t *testing.T) {
			require.True(t, fails(t, func() guard { return fault() }), "the fault survives")
		})
	}
	t.Run("none", func(t *testing.T) {
		require.False(t, fails(t, func() guard { return &faulty{} }), "what is found must be the fault")
	})
}

func asFloats(last, next fencing.Token) bool {
	l, n := float64(last.Fence), float64(next.Fence)
	return n > l || (n == l && next.Incarnation == last.Incarnation)
}
