package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/stores"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// panicky is a store that panics when read.
type panicky struct{ stores.Store }

func (panicky) Get(context.Context, string) (stores.Lease, error) { panic("out of order") }

func TestJudgeTellsAPanicFromAFailure(t *testing.T) {
	verdicts := Judge(t, Harness{New: func(*testing.T) stores.Store { return panicky{newBreakable("")} }})
	require.Len(t, verdicts, len(checks()))
	require.Equal(t, Panicked, verdicts[0].Outcome)
	require.Contains(t, verdicts[0].Log, "out of order")
	for _, v := range verdicts {
		if v.Check == "readers_see_one_lease_at_a_time_and_none_that_is_over" {
			require.Equal(t, Panicked, v.Outcome, "a panic in a goroutine of the check")
		}
	}
}

func TestAHarnessWithoutAStoreFails(t *testing.T) {
	for _, v := range Judge(t, Harness{New: func(*testing.T) stores.Store { return nil }}) {
		require.Equal(t, Failed, v.Outcome, v.Check)
		require.Contains(t, v.Log, "Harness.New returned nil")
	}
}

// unwatched hides the Watch of the store that it wraps.
type unwatched struct{ stores.Store }

// judgeUnwatched runs the suite on a store without notices, and returns how many checks are skipped. The others pass.
func judgeUnwatched(t *testing.T, complete func(Harness, func() *breakable) Harness) (skipped int) {
	t.Helper()
	var store *breakable
	h := complete(Harness{
		New: func(*testing.T) stores.Store {
			store = newBreakable("")
			return unwatched{store}
		},
		Advance: func(_ *testing.T, d time.Duration) { store.advance(d) },
	}, func() *breakable { return store })
	for _, v := range Judge(t, h) {
		if v.Outcome == Skipped {
			skipped++
			continue
		}
		require.Equal(t, Passed, v.Outcome, "%s: %s", v.Check, v.Log)
	}
	return skipped
}

func TestTheChecksOfNoticesAreSkippedForAStoreWithout(t *testing.T) {
	require.Equal(t, len(watchChecks)+1, judgeUnwatched(t, func(h Harness, store func() *breakable) Harness {
		h.Step = func(_ *testing.T, d time.Duration) { store().step(d) }
		h.Now = func(*testing.T) time.Time { return store().advance(0) }
		return InProcess(h)
	}))
}

func TestChecksAreSkippedForWhichTheHarnessHasNoMeans(t *testing.T) {
	const readTheClock = 4
	require.Equal(t, len(watchChecks)+len(unknownChecks)+len(lateChecks)+len(orphanChecks)+len(clockChecks)+readTheClock,
		judgeUnwatched(t, func(h Harness, _ func() *breakable) Harness { return h }))
}

func TestAHarnessThatDoesNotKeepItsWordFails(t *testing.T) {
	never := func(*testing.T, func(context.Context)) {}
	answered := func(t *testing.T, call func(context.Context)) { call(t.Context()) }
	for name, c := range map[string]struct {
		lose func(*testing.T, func(context.Context))
		late func(*testing.T, func(context.Context)) func()
		want string
	}{
		"makes no call":       {lose: never, want: "how often the harness ran the call"},
		"loses no answer":     {lose: answered, want: "was not answered, and tells of no error"},
		"delivers no request": {late: func(*testing.T, func(context.Context)) func() { return nil }, want: "how often"},
	} {
		t.Run(name, func(t *testing.T) {
			h := InProcess(Harness{New: func(*testing.T) stores.Store { return newBreakable("") }})
			if c.lose != nil {
				h.Lose = c.lose
			}
			if c.late != nil {
				h.Late = c.late
			}
			v := judge(t, h, unknownChecks[0])
			require.Equal(t, Failed, v.Outcome)
			require.Contains(t, v.Log, c.want)
		})
	}
}

func TestTheSuiteTakesBackItsSteps(t *testing.T) {
	var stepped time.Duration
	for _, c := range clockChecks {
		v := judge(t, Harness{
			New:     func(*testing.T) stores.Store { return newBreakable("") },
			Advance: func(*testing.T, time.Duration) {}, // so that some of the checks fail on their way
			Step:    func(_ *testing.T, d time.Duration) { stepped += d },
		}, c)
		require.NotEqual(t, Skipped, v.Outcome)
		require.Zero(t, stepped, c.name)
	}
}

func TestOutcomesHaveNames(t *testing.T) {
	require.Equal(t, []string{"passed", "failed", "skipped", "panicked", "panicked"}, []string{
		Passed.String(), Failed.String(), Skipped.String(), Panicked.String(), Outcome(9).String(),
	})
}
