package fencingtest_test

import (
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/fencing"
	"github.com/tenure-go/tenure/stores/fencing/fencingtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// resource is a guarded log, sound unless one of its parts has a planted fault.
type resource struct {
	mu      sync.Mutex
	highest fencing.Token
	log     []fencing.Token

	valid                                  func(fencing.Token) error
	admits                                 func(last, next fencing.Token) bool
	twoSteps, remembersLate, refusedCounts bool
	refusedIsWritten, admittedIsLost       bool
	refusal                                func(*fencing.StaleError) error
}

func (r *resource) sound() *resource {
	r.valid, r.admits = fencing.Token.Validate, fencing.Admits
	r.refusal = func(e *fencing.StaleError) error { return e }
	return r
}

func (r *resource) Append(_ context.Context, t fencing.Token) error {
	if err := r.valid(t); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if last := r.highest; !r.admits(last, t) {
		if r.refusedCounts {
			r.highest = t
		}
		if r.refusedIsWritten {
			r.log = append(r.log, t)
		}
		return r.refusal(&fencing.StaleError{Resource: "log", Offered: t, Highest: last})
	}
	if !r.remembersLate {
		r.highest = t
	}
	if r.twoSteps || r.remembersLate {
		r.mu.Unlock()
		runtime.Gosched()
		r.mu.Lock()
	}
	r.highest = t
	if !r.admittedIsLost {
		r.log = append(r.log, t)
	}
	return nil
}

func (r *resource) Log(context.Context) ([]fencing.Token, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.log), nil
}

func rule(admits func(last, next fencing.Token) bool) func(*resource) {
	return func(r *resource) { r.admits = admits }
}

func digits(fence uint64) string { return strconv.FormatUint(fence, 10) }

// mutants are the planted faults, each with a check that must find it. Others may find it too.
var mutants = map[string]struct {
	plant func(*resource)
	check string
}{
	"nobody is admitted": {
		rule(func(_, _ fencing.Token) bool { return false }), "a_higher_fence_is_admitted",
	},
	"everybody is admitted": {
		rule(func(_, _ fencing.Token) bool { return true }), "a_late_write_of_an_earlier_tenure_is_refused",
	},
	"only the next fence is admitted": {
		rule(func(l, n fencing.Token) bool { return n.Fence == l.Fence+1 || n == l }), "a_higher_fence_is_admitted",
	},
	"only a higher fence is admitted": {
		rule(func(l, n fencing.Token) bool { return n.Fence > l.Fence }), "the_same_tenure_is_admitted_again",
	},
	"the same fence is admitted, whoever comes with it": {
		rule(func(l, n fencing.Token) bool { return n.Fence >= l.Fence }), "the_same_fence_of_another_incarnation_is_refused",
	},
	"the same incarnation is admitted, whatever its fence": {
		rule(func(l, n fencing.Token) bool { return n.Fence > l.Fence || n.Incarnation == l.Incarnation }),
		"a_late_write_of_an_earlier_tenure_is_refused",
	},
	"fences are compared as floats": {
		rule(func(l, n fencing.Token) bool {
			return float64(n.Fence) > float64(l.Fence) ||
				(float64(n.Fence) == float64(l.Fence) && n.Incarnation == l.Incarnation)
		}), "fences_are_compared_as_whole_numbers",
	},
	"fences are compared as texts": {
		rule(func(l, n fencing.Token) bool { return digits(n.Fence) > digits(l.Fence) || n == l }),
		"fences_are_compared_as_whole_numbers",
	},
	"fences have 32 bits": {
		rule(func(l, n fencing.Token) bool { return uint32(n.Fence) > uint32(l.Fence) || n == l }),
		"fences_are_compared_as_whole_numbers",
	},
	"incarnations are compared by their first byte": {
		rule(func(l, n fencing.Token) bool {
			return n.Fence > l.Fence || (n.Fence == l.Fence && n.Incarnation[0] == l.Incarnation[0])
		}), "the_same_fence_of_another_incarnation_is_refused",
	},
	"a refused write counts": {
		func(r *resource) { r.refusedCounts = true }, "a_refused_write_changes_nothing",
	},
	"a refused write is written": {
		func(r *resource) { r.refusedIsWritten = true }, "a_late_write_of_an_earlier_tenure_is_refused",
	},
	"an admitted write is lost": {
		func(r *resource) { r.admittedIsLost = true }, "a_higher_fence_is_admitted",
	},
	"check and write are two steps": {
		func(r *resource) { r.twoSteps = true }, "of_many_writers_the_accepted_never_go_down",
	},
	"the highest is remembered after the check": {
		func(r *resource) { r.remembersLate = true }, "of_many_writers_the_accepted_never_go_down",
	},
	"anything is valid": {
		func(r *resource) { r.valid = func(fencing.Token) error { return nil } }, "a_token_that_is_not_valid_is_refused",
	},
	"an incarnation ends at 64 bytes": {
		func(r *resource) {
			r.valid = func(t fencing.Token) error {
				if len(t.Incarnation) > 64 {
					return stores.ErrInvalid
				}
				return t.Validate()
			}
		}, "what_is_at_the_limits_is_admitted",
	},
	"a refusal has no type": {
		func(r *resource) { r.refusal = func(*fencing.StaleError) error { return errors.New("no") } },
		"a_late_write_of_an_earlier_tenure_is_refused",
	},
	"a refusal is silent": {
		func(r *resource) { r.refusal = func(*fencing.StaleError) error { return nil } },
		"a_late_write_of_an_earlier_tenure_is_refused",
	},
	"a refusal says nothing": {
		func(r *resource) { r.refusal = func(*fencing.StaleError) error { return fencing.ErrStale } },
		"a_late_write_of_an_earlier_tenure_is_refused",
	},
	"a refusal does not know the highest": {
		func(r *resource) {
			r.refusal = func(e *fencing.StaleError) error { return &fencing.StaleError{Offered: e.Offered} }
		}, "a_late_write_of_an_earlier_tenure_is_refused",
	},
	"a refusal does not know the offered": {
		func(r *resource) {
			r.refusal = func(e *fencing.StaleError) error { return &fencing.StaleError{Highest: e.Highest} }
		}, "a_late_write_of_an_earlier_tenure_is_refused",
	},
}

// judge runs the suite on a resource with the fault planted.
func judge(t *testing.T, plant func(*resource)) map[string]error {
	return fencingtest.Judge(t, fencingtest.Harness{
		Writes: 200,
		New: func(testing.TB) fencingtest.Resource {
			r := (&resource{}).sound()
			plant(r)
			return r
		},
	})
}

func TestTheSuiteFindsPlantedFaults(t *testing.T) {
	for name, mutant := range mutants {
		t.Run(name, func(t *testing.T) {
			found := judge(t, mutant.plant)
			require.Contains(t, slices.Collect(maps.Keys(found)), mutant.check, "the fault survives: %v", found)
		})
	}
}

func TestEachCheckFindsAFault(t *testing.T) {
	named := map[string]bool{}
	for _, mutant := range mutants {
		named[mutant.check] = true
	}
	all := judge(t, rule(func(_, _ fencing.Token) bool { return false }))
	require.Len(t, all, 9, "nothing passes where nobody is admitted")
	for check := range all {
		require.True(t, named[check], "%s has no fault of its own", check)
	}
}

func TestASoundResourcePasses(t *testing.T) {
	require.Empty(t, judge(t, func(*resource) {}))
}

// TestRun is all that it takes to hold a resource to the rule.
func TestRun(t *testing.T) {
	fencingtest.Run(t, fencingtest.Harness{
		New: func(testing.TB) fencingtest.Resource { return (&resource{}).sound() },
	})
}

// broken is a resource that cannot be reached.
type broken struct{ appends bool }

var errBroken = errors.New("connection refused")

func (b broken) Append(context.Context, fencing.Token) error {
	if b.appends {
		return nil
	}
	return errBroken
}

func (b broken) Log(context.Context) ([]fencing.Token, error) { return nil, errBroken }

func TestAResourceThatCannotBeReachedFails(t *testing.T) {
	for _, appends := range []bool{true, false} {
		found := fencingtest.Judge(t, fencingtest.Harness{
			New: func(testing.TB) fencingtest.Resource { return broken{appends} },
		})
		require.Len(t, found, 9)
		require.ErrorIs(t, found["of_many_writers_the_accepted_never_go_down"], errBroken)
	}
}
