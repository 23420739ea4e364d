package main

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const home = "../.."

// checkout copies what the generator and the tests of its output need into a folder of its own.
func checkout(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, part := range []string{"spec", "fsm", "gen", "stores", "proptest", "tla", "tools/fsmgen"} {
		require.NoError(t, os.MkdirAll(filepath.Join(root, part), 0o755))
		require.NoError(t, os.CopyFS(filepath.Join(root, part), os.DirFS(filepath.Join(home, part))))
	}
	for _, file := range []string{"go.mod", "go.sum", "README.md"} {
		data, err := os.ReadFile(filepath.Join(home, file))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(root, file), data, 0o600))
	}
	return root
}

func edit(t *testing.T, root, name, before, after string) {
	t.Helper()
	path := filepath.Join(root, name)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(text), before), "%q in %s", before, name)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(text), before, after, 1)), 0o600))
}

func fsmgen(root string, args ...string) (string, error) {
	var out bytes.Buffer
	err := run(append([]string{"-root", root}, args...), &out)
	return out.String(), err
}

func TestTheCommittedFilesAreWhatTheTableGives(t *testing.T) {
	out, err := fsmgen(home, "-check")
	require.NoError(t, err, out)
	require.Contains(t, out, "generated files are as the table gives them")
}

func TestCheckNamesEveryMissingDifferentAndExtraFile(t *testing.T) {
	root := checkout(t)
	require.NoError(t, os.Remove(filepath.Join(root, "gen/lifecycle/events.go")))
	edit(t, root, "gen/lifecycle/states.go", "package lifecycle\n", "package lifecycle // by hand\n")
	edit(t, root, "README.md", "[*] --> idle\n", "[*] --> leading\n")
	require.NoError(t, os.WriteFile(filepath.Join(root, "gen/stray.go"), nil, 0o600))
	require.NoError(t, os.Remove(filepath.Join(root, "tla/Participant.tla")))

	out, err := fsmgen(root, "-check")
	require.ErrorIs(t, err, errDrift)
	line := regexp.MustCompile(`README.md \(line \d+\)`) // what stands before the generated part is written by hand
	golden(t, "drift", line.ReplaceAllString(out, "README.md (line N)"))
	_, statErr := os.Stat(filepath.Join(root, "gen/stray.go"))
	require.NoError(t, statErr, "-check changes nothing")

	_, err = fsmgen(root)
	require.NoError(t, err)
	out, err = fsmgen(root, "-check")
	require.NoError(t, err, out)
}

func TestGeneratingFromNothingGivesTheSameBytes(t *testing.T) {
	root := checkout(t)
	require.NoError(t, os.RemoveAll(filepath.Join(root, "gen")))
	_, err := fsmgen(root)
	require.NoError(t, err)
	require.NoError(t, filepath.WalkDir(filepath.Join(home, "gen"), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		rel, err := filepath.Rel(home, path)
		require.NoError(t, err)
		have, err := os.ReadFile(filepath.Join(root, rel))
		require.NoError(t, err)
		require.Equal(t, string(want), string(have), rel)
		return nil
	}))
}

// The faults that a user sees, as they are printed.
func TestMessages(t *testing.T) {
	for name, breaks := range map[string]func(t *testing.T, root string) []string{
		"unknown_flag":   func(*testing.T, string) []string { return []string{"-nonsense"} },
		"stray_argument": func(*testing.T, string) []string { return []string{"table.yaml"} },
		"table_with_fault": func(t *testing.T, root string) []string {
			edit(t, root, tablePath, "on: granted, to: leading, do: [adopt_grant,", "on: granted, to: leeding, do: [adopt_grand,")
			return nil
		},
		"no_marker": func(t *testing.T, root string) []string {
			edit(t, root, "README.md", "<!-- generated:diagram", "<!-- diagram")
			return nil
		},
		"no_end_marker": func(t *testing.T, root string) []string {
			edit(t, root, "README.md", "<!-- end:diagram -->", "")
			return nil
		},
		"no_table": func(t *testing.T, root string) []string {
			require.NoError(t, os.Remove(filepath.Join(root, tablePath)))
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := checkout(t)
			_, err := fsmgen(root, breaks(t, root)...)
			require.Error(t, err)
			golden(t, name, err.Error()+"\n")
		})
	}
}

// A new state: a caller may ask a follower to sit out its next turn.
const sittingOut = `  - {from: following, on: renew, to: sitting_out, do: [abandon_call, arm_retry], why: A trial.}
  - {from: sitting_out, on: try_due, to: following, do: [arm_retry], why: A trial.}
  - {from: sitting_out, on: observe_due, to: following, do: [arm_retry], why: A trial.}
  - {from: sitting_out, on: stop, to: idle, do: [disarm_try, unwatch], why: A trial.}
`

func TestATableWithANewStateGivesCodeThatCompilesAndPassesItsTests(t *testing.T) {
	root := checkout(t)
	edit(t, root, tablePath, "  - name: acquiring\n", "  - name: sitting_out\n    doc: A trial.\n  - name: acquiring\n")
	edit(t, root, tablePath, "  - {from: acquiring, on: withdraw,", sittingOut+"  - {from: acquiring, on: withdraw,")
	edit(t, root, tablePath, "\nignore:\n",
		"\nignore:\n  - {on: withdraw, in: [sitting_out], why: A trial.}\n  - {on: resign, in: [sitting_out], why: A trial.}\n"+
			"  - {on: vacated, in: [sitting_out], why: A trial.}\n  - {on: informed, in: [sitting_out], why: A trial.}\n")
	_, err := fsmgen(root)
	require.NoError(t, err)
	out, err := goIn(t, root, "test", "./gen/...", "./fsm/core")
	require.NoError(t, err, out)
	table, err := os.ReadFile(filepath.Join(root, "tla/Participant.tla"))
	require.NoError(t, err)
	require.Contains(t, string(table), "Row_sitting_out_try_due ==")
}

// The effects of the table decide: without one, the generated code still agrees with the table, and behaves otherwise.
func TestATableWithoutAnEffectGivesAnotherBehaviour(t *testing.T) {
	root := checkout(t)
	edit(t, root, tablePath, "on: vacated, to: acquiring, do: [note_vacancy]", "on: vacated, to: acquiring, do: []")
	_, err := fsmgen(root)
	require.NoError(t, err)
	out, err := goIn(t, root, "test", "./gen/lifecycle")
	require.NoError(t, err, out)
	const waking = "TestAWakeUpThatCameDuringTheTryWinsOverItsOlderRefusal"
	out, err = goIn(t, root, "test", "./fsm/core", "-run", waking)
	require.Error(t, err, "the wake-up is forgotten, and the test of it sees that")
	require.Contains(t, out, "FAIL: "+waking)
}

// A table of another vocabulary than the core's does not compile, instead of being half understood.
func TestAnEffectThatTheCoreDoesNotKnowDoesNotCompile(t *testing.T) {
	root := checkout(t)
	edit(t, root, tablePath, "  - name: note_holder\n", "  - name: sound_the_horn\n    doc: A trial.\n  - name: note_holder\n")
	edit(t, root, tablePath, "do: [adopt_grant, arm_renew, announce_gained]", "do: [adopt_grant, arm_renew, announce_gained, sound_the_horn]")
	_, err := fsmgen(root)
	require.NoError(t, err)
	out, err := goIn(t, root, "build", "./fsm/core")
	require.Error(t, err)
	require.Contains(t, out, "effects.go")
}

func goIn(t *testing.T, root string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}
