package fsm

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores/memory"
)

// The machine is put into another state than the core's, as if one of the two were wrong.
func TestAnElectorWhoseCoreAndMachineDisagreeLeadsNoLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, err := New(memory.New(), Config{Election: "reports"})
		require.NoError(t, err)
		term, err := e.Campaign(t.Context())
		require.NoError(t, err)
		synctest.Wait()
		e.machine, err = NewMachine(lifecycle.StateIdle)
		require.NoError(t, err)

		var disagreement *DisagreementError
		require.ErrorAs(t, e.Renew(t.Context()), &disagreement)
		require.Equal(t, lifecycle.EventRenew, disagreement.Step.Event)
		require.False(t, e.IsLeader())
		require.Error(t, term.Err())
		require.ErrorAs(t, context.Cause(term.Context()), &disagreement)
		_, err = e.Campaign(t.Context())
		require.ErrorAs(t, err, &disagreement, "nothing is accepted any more")
		require.ErrorAs(t, e.Close(), &disagreement)
	})
}
