package checks_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/spec"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/checks"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const good = "testdata/good.yaml"

func load(t *testing.T) *checks.List {
	t.Helper()
	list, err := checks.Load(good)
	require.NoError(t, err)
	return list
}

func source(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(good)
	require.NoError(t, err)
	return string(text)
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path) //nolint:gosec // a name from the tests below
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestConfigurationsAsTLCReadsThem(t *testing.T) {
	list := load(t)
	var b strings.Builder
	for _, c := range list.Configurations {
		b.WriteString(c.Config() + "\n")
	}
	for _, m := range list.Mutants {
		c := list.Mutated(m)
		b.WriteString("\\* module " + c.Module + "\n" + c.Config() + "\n")
	}
	for _, w := range list.Witnesses {
		c := list.Witnessed(w)
		b.WriteString("\\* module " + c.Module + "\n" + c.Config() + "\n")
	}
	golden(t, "configurations", b.String())
}

func TestWhatIsRead(t *testing.T) {
	list := load(t)
	c, ok := list.Configuration("safety-2")
	require.True(t, ok)
	require.EqualValues(t, 83211, c.Distinct)
	require.Equal(t, 3, c.Weight)
	require.Equal(t, []checks.Unexplored{{Action: "Revoke", Why: "No operator revokes."}}, c.Unexplored)
	require.Equal(t, checks.Meaning{Rule: 1, Text: "At most one leads."}, list.Meanings["OneLeads"])
	m, ok := list.Mutant("no-margin")
	require.True(t, ok)
	require.Equal(t, []string{"LeaderHolds"}, m.CaughtBy)
	w, ok := list.Witness("late-grant")
	require.True(t, ok)
	require.Equal(t, "NoLateGrant", w.Claim())
	for _, found := range []func(string) bool{
		func(n string) bool { _, ok := list.Configuration(n); return ok },
		func(n string) bool { _, ok := list.Mutant(n); return ok },
		func(n string) bool { _, ok := list.Witness(n); return ok },
	} {
		require.False(t, found("nobody"))
	}
}

// TestAllFaultsAtOnce reads a list in which everything is wrong.
func TestAllFaultsAtOnce(t *testing.T) {
	_, err := checks.Load("testdata/bad.yaml")
	var faults spec.Faults
	require.ErrorAs(t, err, &faults)
	golden(t, "faults", err.Error()+"\n")
}

func TestWhatIsNoList(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "no YAML": "a: [", "a list": "- a", "two documents": "a: 1\n---\nb: 2", "a tab": "\ta: 1",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := checks.Parse("x.yaml", []byte(text))
			var faults spec.Faults
			require.ErrorAs(t, err, &faults)
			require.Contains(t, err.Error(), "x.yaml:")
		})
	}
	_, err := checks.Load("testdata/nowhere.yaml")
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestNoTextStopsTheLoader breaks the good list at a place and loads it: it is refused, or still a list.
func TestNoTextStopsTheLoader(t *testing.T) {
	text := source(t)
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(text)).Draw(t, "at")
		end := rapid.IntRange(at, min(at+30, len(text))).Draw(t, "end")
		put := rapid.SampledFrom([]string{"", "x", ": ", "[", "}", "\n", "- ", "7"}).Draw(t, "put")
		list, err := checks.Parse("x.yaml", []byte(text[:at]+put+text[end:]))
		if err != nil {
			require.ErrorAs(t, err, new(spec.Faults))
			return
		}
		for _, m := range list.Mutants {
			require.NotEmpty(t, list.Mutated(m).Config())
		}
	})
}

func TestPinsAreWrittenAndNothingElse(t *testing.T) {
	list, text := load(t), source(t)
	written, err := list.Repinned(map[string]int64{"safety-2": 12, "unpinned": 345, "flow": 6, "flow-pinned": 7})
	require.NoError(t, err)
	golden(t, "repinned", string(written))

	same, err := list.Repinned(map[string]int64{"safety-2": 83211})
	require.NoError(t, err)
	require.Equal(t, text, string(same))

	again, err := checks.Parse(good, written)
	require.NoError(t, err)
	for name, want := range map[string]int64{"safety-2": 12, "unpinned": 345, "flow": 6, "flow-pinned": 7} {
		c, _ := again.Configuration(name)
		require.Equal(t, want, c.Distinct, name)
	}
}

func TestAPinThatCannotBePlacedIsAnError(t *testing.T) {
	list := load(t)
	_, err := list.Repinned(map[string]int64{"nobody": 1})
	require.ErrorIs(t, err, checks.ErrNotPinned)

	odd := strings.Replace(source(t), "  - name: unpinned\n    set: short\n", "  - set:\n      short\n    name: unpinned\n", 1)
	list, err = checks.Parse("odd.yaml", []byte(odd))
	require.NoError(t, err)
	_, err = list.Repinned(map[string]int64{"unpinned": 1})
	require.ErrorIs(t, err, checks.ErrNotPinned)
}

func TestChecking(t *testing.T) {
	c, _ := load(t).Configuration("unpinned")
	only := c.Checking([]string{"FenceGrows", "deadlock"})
	require.Empty(t, only.Invariants)
	require.Equal(t, []string{"FenceGrows"}, only.Properties)
	require.True(t, only.Deadlock)
	require.False(t, c.Checking([]string{"OneLeads"}).Deadlock)
	require.Equal(t, []string{"OneLeads"}, c.Invariants, "the configuration itself stays as it was")
}
