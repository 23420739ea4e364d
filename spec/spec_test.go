package spec_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/spec"
)

const committed = "participant.yaml"

func TestCommittedTableIsValid(t *testing.T) {
	table, err := spec.Load(committed)
	require.NoError(t, err)
	require.Equal(t, committed, table.Path)
	require.Equal(t, "participant", table.Machine)
	require.Equal(t, "idle", table.Initial)
	require.Regexp(t, "^sha256:[0-9a-f]{16}$", table.Hash)
}

func TestStatesKeepTheOrderOfTheFile(t *testing.T) {
	table := small(t)
	var names []string
	for i, s := range table.States {
		names = append(names, s.Name)
		require.Equal(t, spec.Pos{Line: 7 + i, Column: 5}, s.Pos)
	}
	require.Equal(t, []string{"idle", "acquiring", "leading", "draining", "releasing", "closed"}, names)
}

func TestLookups(t *testing.T) {
	table := small(t)

	s, ok := table.State("leading")
	require.True(t, ok)
	require.True(t, s.Leading)
	_, ok = table.State("nowhere")
	require.False(t, ok)

	e, ok := table.Event("granted")
	require.True(t, ok)
	require.Equal(t, spec.FromStore, e.From)
	_, ok = table.Event("nothing")
	require.False(t, ok)

	effect, ok := table.Effect("adopt_grant")
	require.True(t, ok)
	require.Equal(t, []string{"deadline", "workload", "spent"}, effect.Starts)
	_, ok = table.Effect("nothing")
	require.False(t, ok)

	row, ok := table.Row("acquiring", "granted")
	require.True(t, ok)
	require.Equal(t, []string{"adopt_grant", "announce_gained"}, row.Do)
	_, ok = table.Row("idle", "granted")
	require.False(t, ok)

	ignore, ok := table.Ignored("draining", "stop")
	require.True(t, ok)
	require.Equal(t, []string{"acquiring", "draining", "releasing", "closed"}, ignore.In)
	_, ok = table.Ignored("leading", "stop")
	require.False(t, ok)
}

func TestLoadTellsWhichFileIsMissing(t *testing.T) {
	_, err := spec.Load("testdata/missing.yaml")
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "testdata/missing.yaml")
}

func TestFaultsAreFoundByErrorsAs(t *testing.T) {
	_, err := spec.Parse("table.yaml", []byte("machine: 1\n"))
	var faults spec.Faults
	require.ErrorAs(t, err, &faults)
	require.Greater(t, len(faults), 1)
	var first spec.Fault
	require.ErrorAs(t, err, &first)
	require.Equal(t, faults[0], first)
}

func TestFaultShowsPlaceMessageAndSuggestion(t *testing.T) {
	fault := spec.Fault{File: "table.yaml", Pos: spec.Pos{Line: 3, Column: 7}, Message: "wrong", Suggestion: "did you mean right?"}
	require.Equal(t, "table.yaml:3:7: wrong (did you mean right?)", fault.Error())
	fault.Suggestion = ""
	require.Equal(t, "table.yaml:3:7: wrong", fault.Error())
}

func small(t *testing.T) *spec.Table {
	t.Helper()
	table, err := spec.Load("testdata/small.yaml")
	require.NoError(t, err)
	return table
}
