package history_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/proptest/history"
)

// planted are the faults of the loose store.
var planted = []string{
	"everybody is granted", "a repeat is granted anew", "a repeat extends", "a repeat publishes", "a higher attempt is refused",
	"a lower attempt replaces", "the fence is used again", "the fence is reset at the end", "the highest fence seen is ignored",
	"a grant is told and not kept",
	"a renewal resurrects", "a renewal compares the incarnation only", "a renewal does not compare the fence", "a revocation is ignored",
	"a renewal shortens", "a renewal is told and not kept", "a renewal sets acquired-at",
	"a release goes by incarnation", "a release compares nothing", "a give-back frees nothing", "a release is told and not kept",
	"a revocation compares nothing", "a revocation frees",
	"expires early", "expires late", "time left is a moment more",
	"a read is stale", "a read after the end is stale", "a list holds what is over", "a list leaves one out",
}

// of makes a load on a store with the fault, and checks what it answered.
func of(t *testing.T, fault string, load history.Load) error {
	t.Helper()
	c := clock{now: time.Hour}
	r := &history.Recorder{Now: c.passed}
	load.Pause = c.pass
	load.Run(t.Context(), r, &loose{fault: fault, now: c.time, rows: map[string]*row{}})
	_, err := history.Check(r.History(), history.Options{Doubled: load.Twice > 0})
	return err
}

func TestTheLooseStoreKeepsAllRulesWhereNoneIsLoosened(t *testing.T) {
	require.NoError(t, of(t, "", history.Load{Astray: 0.1}))
}

func TestEachPlantedFaultIsRefused(t *testing.T) {
	var table strings.Builder
	for _, fault := range planted {
		var found *history.ViolationError
		seed := uint64(0)
		for ; found == nil && seed < 10; seed++ {
			if err := of(t, fault, history.Load{Clients: 4, Calls: 150, Astray: 0.05, Seed: seed}); err != nil {
				require.ErrorAs(t, err, &found, fault)
			}
		}
		require.NotNil(t, found, "the fault %q survives", fault)
		require.ErrorIs(t, found, history.ErrViolated)
		require.LessOrEqual(t, len(found.Answers), 8, "%s: %v", fault, found)
		fmt.Fprintf(&table, "%s, seed %d: %v\n", fault, seed-1, found)
	}
	t.Logf("%d planted faults:\n%s", len(planted), table.String())
}

func TestAFaultIsFoundAlsoWhereRequestsAreDoubled(t *testing.T) {
	for _, fault := range []string{"everybody is granted", "the fence is used again", "a renewal resurrects", "a read is stale"} {
		require.ErrorIs(t, of(t, fault, history.Load{Twice: 0.1}), history.ErrViolated, fault)
	}
}

func TestAViolationIsShownInABrowser(t *testing.T) {
	var found *history.ViolationError
	require.ErrorAs(t, of(t, "everybody is granted", history.Load{}), &found)
	var page bytes.Buffer
	require.NoError(t, found.Visualize(&page))
	require.Contains(t, page.String(), "<html")
	require.Contains(t, page.String(), "Acquire c")
	last := found.Answers[len(found.Answers)-1]
	require.True(t, slices.ContainsFunc(found.Operations, func(o history.Operation) bool { return o.Sent == last.Sent }))
}
