package proptest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/proptest"
)

const (
	troubleBudget = 500
	// rareBudget is what it takes at most to see the rarest broken promise broken.
	rareBudget = 5000
)

// TestBeyondTheAssumptions runs every trouble. What is promised in it holds, and what is not is seen broken.
func TestBeyondTheAssumptions(t *testing.T) {
	var total proptest.Stats
	seeds := budget(troubleBudget, troubleBudget/10)
	for _, trouble := range proptest.Troubles() {
		t.Run(trouble.Name, func(t *testing.T) {
			var stats proptest.Stats
			unseen := trouble.Waives
			for first := *firstFlag; stats.Runs == 0 || len(unseen) > 0 && stats.Runs < rareBudget; first += uint64(seeds) { //nolint:gosec // positive
				opt := proptest.Options{Trouble: trouble}
				report := proptest.Campaign(first, seeds, opt)
				requireNone(t, report, opt)
				stats.Add(&report.Stats)
				if unseen = neverBroken(&stats, trouble); seeds < troubleBudget {
					break
				}
			}
			total.Add(&stats)
			for _, check := range trouble.Waives {
				t.Logf("%s is broken in %d of %d runs", check, stats.Waived[check], stats.Runs)
			}
			require.True(t, seeds < troubleBudget || len(unseen) == 0, "never seen broken: %v", unseen)
		})
	}
	t.Logf("%d runs, %.0f virtual hours", total.Runs, total.Virtual.Hours())
	for r := range proptest.Reach(proptest.ReachCount) {
		if r.Beyond() {
			t.Logf("%-30s %9d", r, total.Reached[r])
			require.NotZero(t, total.Reached[r], "%s was never reached", r)
		}
	}
}

func neverBroken(stats *proptest.Stats, trouble *proptest.Trouble) (unseen []proptest.Check) {
	for _, check := range trouble.Waives {
		if stats.Waived[check] == 0 {
			unseen = append(unseen, check)
		}
	}
	return unseen
}
