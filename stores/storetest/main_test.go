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
}

func TestAHarnessWithoutAStoreFails(t *testing.T) {
	for _, v := range Judge(t, Harness{New: func(*testing.T) stores.Store { return nil }}) {
		require.Equal(t, Failed, v.Outcome, v.Check)
		require.Contains(t, v.Log, "Harness.New returned nil")
	}
}

// unwatched hides the Watch of the store that it wraps.
type unwatched struct{ stores.Store }

func TestTheChecksOfNoticesAreSkippedForAStoreWithout(t *testing.T) {
	var store *breakable
	skipped := 0
	for _, v := range Judge(t, Harness{
		New: func(*testing.T) stores.Store {
			store = newBreakable("")
			return unwatched{store}
		},
		Advance: func(_ *testing.T, d time.Duration) { store.advance(d) },
	}) {
		switch v.Outcome {
		case Skipped:
			skipped++
		default:
			require.Equal(t, Passed, v.Outcome, "%s: %s", v.Check, v.Log)
		}
	}
	// With an Advance and no Now, the checks that read the clock are skipped, too; and those of which nothing can happen
	// in a process by itself.
	require.Equal(t, len(watchChecks)+4+len(unknownChecks)+len(lateChecks)+len(clockChecks), skipped)
}

func TestOutcomesHaveNames(t *testing.T) {
	require.Equal(t, []string{"passed", "failed", "skipped", "panicked", "panicked"}, []string{
		Passed.String(), Failed.String(), Skipped.String(), Panicked.String(), Outcome(9).String(),
	})
}
