package tlc_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc/tlctest"
)

func TestTheRealTLCWalks(t *testing.T) {
	tools := tlctest.Real(t)
	walks, err := tools.Simulate(t.Context(), counter("Counter", "4", "Spec", ""), 3, 4, 7)
	require.NoError(t, err)
	require.Len(t, walks, 3)
	for _, walk := range walks {
		require.NotEmpty(t, walk)
		require.LessOrEqual(t, len(walk), 4)
		require.NotEmpty(t, walk[0].Variables)
	}
}

// A walk that TLC does not take to its end is none.
func TestTheRealTLCDoesNotWalk(t *testing.T) {
	tools := tlctest.Real(t)
	for name, job := range map[string]tlc.Job{
		"a module that cannot be parsed": counter("Broken", "4", "Spec", ""),
		"an invariant on the way":        counter("Counter", "4", "Spec", "INVARIANT NotZero"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tools.Simulate(t.Context(), job, 3, 4, 7)
			var broken *tlc.RunError
			require.ErrorAs(t, err, &broken)
		})
	}
}
