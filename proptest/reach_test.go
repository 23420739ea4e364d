package proptest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/proptest"
)

// requireReached fails with all that was never reached within the assumptions, and with what must not be.
func requireReached(t *testing.T, stats *proptest.Stats) {
	t.Helper()
	var missing []proptest.Reach
	for r := range proptest.Reach(proptest.ReachCount) {
		count := stats.Reached[r]
		t.Logf("%-30s %9d", r, count)
		switch {
		case r.Beyond():
			require.Zero(t, count, "%s was reached within the assumptions", r)
		case count == 0:
			missing = append(missing, r)
		}
	}
	require.Empty(t, missing, "never reached")
	for effect, count := range stats.Effects() {
		require.NotZero(t, count, "the effect %s was never interpreted", lifecycle.Effect(effect)) //nolint:gosec // few
	}
}
