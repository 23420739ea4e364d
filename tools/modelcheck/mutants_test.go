//go:build unix

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc/tlctest"
)

func TestMutants(t *testing.T) {
	w := newWorld(t)
	code, stdout, stderr := w.run("mutants")
	require.Equal(t, exitHeld, code, stdout+stderr)
	lines := strings.Split(stdout, "\n")
	slices.Sort(lines[1:5])
	golden(t, "mutants", strings.Join(lines, "\n"))
}

// TestAMutantIsCaughtOnlyForItsReason plays what is no kill, and a kill of something else.
func TestAMutantIsCaughtOnlyForItsReason(t *testing.T) {
	right := violates(tlcInvariant, "Invariant Safe is violated.")
	for name, c := range map[string]struct {
		mutant, output, exit string
		code                 int
		says                 string
	}{
		"it passes":                            {"no-margin", holds(100, nil), "0", exitViolated, "SURVIVED"},
		"another property":                     {"no-margin", violates(tlcAction, "Action property Grows is violated."), "13", exitViolated, "WRONG REASON: it was caught by Grows"},
		"a longer name":                        {"no-margin", violates(tlcInvariant, "Invariant SafeAndSound is violated."), "12", exitViolated, "WRONG REASON"},
		"a deadlock":                           {"no-margin", violates(tlcDeadlock, "Deadlock reached."), "11", exitViolated, "WRONG REASON: it was caught by a deadlock"},
		"the right one, another exit":          {"no-margin", right, "13", exitUnchecked, "NOT CHECKED"},
		"the right one, exit of success":       {"no-margin", right, "0", exitUnchecked, "NOT CHECKED"},
		"the right one, a crash":               {"no-margin", right, "kill", exitUnchecked, "NOT CHECKED"},
		"a module that is not parsed":          {"no-margin", said(3002, 1, "Parsing or semantic analysis failed. Invariant Safe is violated."), "150", exitUnchecked, "NOT CHECKED"},
		"an evaluation":                        {"no-margin", said(2111, 1, "Evaluating invariant Safe failed."), "75", exitUnchecked, "NOT CHECKED"},
		"an assumption":                        {"no-margin", said(2104, 1, "Assumption line 3 is false."), "10", exitUnchecked, "NOT CHECKED"},
		"no deadlock where one must be":        {"stuck", right, "12", exitViolated, "WRONG REASON: it was caught by Safe"},
		"a temporal property by name":          {"unfair", violates(tlcTemporal, "Temporal property Grows was violated."), "13", exitViolated, "WRONG REASON"},
		"a witness that is not reached":        {"late-grant", holds(100, nil), "0", exitViolated, "NOT REACHED: NoLateGrant holds"},
		"a witness that is not checked":        {"late-grant", "", "0", exitUnchecked, "NOT CHECKED"},
		"a witness that breaks something else": {"late-grant", right, "12", exitUnchecked, "NOT CHECKED: TLC reports Safe"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.plays1(c.mutant, c.output, c.exit)
			code, stdout, stderr := w.run("mutants", c.mutant)
			require.Equal(t, c.code, code, stdout+stderr)
			require.Contains(t, stdout, c.says)
		})
	}
}

func TestANamedMutantIsTold(t *testing.T) {
	w := newWorld(t)
	code, stdout, _ := w.run("mutants", "no-margin", "late-grant")
	require.Equal(t, exitHeld, code)
	require.Contains(t, stdout, "How no-margin comes to violate Safe:")
	require.Contains(t, stdout, "Violated: Safe (rule 1 of the design): Nobody is harmed.")
	require.Contains(t, stdout, "Violated: NoLateGrant: A grant may be late.", "a witness is told by what it is for")
	require.Contains(t, stdout, "no-margin.mermaid")
}

func TestDiagramsOfAllMutants(t *testing.T) {
	w := newWorld(t)
	out := t.TempDir()
	code, stdout, _ := w.run("mutants", "-out", out)
	require.Equal(t, exitHeld, code)
	require.NotContains(t, stdout, "How no-margin")
	drawn, err := filepath.Glob(filepath.Join(out, "*.mermaid"))
	require.NoError(t, err)
	require.Len(t, drawn, 4)
}

func TestShow(t *testing.T) {
	w := newWorld(t)
	code, stdout, stderr := w.run("show", "no-margin")
	require.Equal(t, exitHeld, code, stderr)
	require.Contains(t, stdout, "    Left <- LateLeft\n")
	require.Contains(t, stdout, "cp ROOT/tla/*.tla . && mkdir meta && ")
	require.Regexp(t, `tlc2\.TLC .*-workers 1 -config MC\.cfg Wrong\n$`, stdout)
}

// matrixWorld plays every combination of properties that is left once those that are violated are set aside.
func matrixWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.plays1("no-margin@Safe,Sound,Grows", violates(tlcAction, "Action property Grows is violated."), "13")
	w.plays1("no-margin@Safe,Sound", violates(tlcInvariant, "Invariant Safe is violated."), "12")
	w.plays1("no-margin@Sound", holds(100, nil), "0")
	w.plays1("unfair@Lives,LivesAgain", violates(tlcTemporal, "Temporal properties were violated."), "13")
	w.plays1("unfair@Lives", violates(tlcTemporal, "Temporal properties were violated."), "13")
	w.plays1("unfair@LivesAgain", holds(100, nil), "0")
	w.plays1("stuck@Safe,Sound,Grows", violates(tlcDeadlock, "Deadlock reached."), "11")
	return w
}

func TestMatrix(t *testing.T) {
	w := matrixWorld(t)
	// Without the search for deadlocks, what is left holds; the same properties, so the same name to play by.
	w.plays1("stuck@Safe,Sound,Grows", violates(tlcInvariant, "Invariant Safe is violated."), "12")
	w.plays1("stuck@Sound,Grows", violates(tlcDeadlock, "Deadlock reached."), "11")
	code, stdout, stderr := w.run("matrix")
	require.Equal(t, exitUnchecked, code, "a deadlock that is not looked for")
	require.Empty(t, stdout)
	require.Contains(t, stderr, "which is not checked")

	w.plays1("stuck@Sound,Grows", said(2102, 1, "Attempted to apply what is no function."), "75")
	code, stdout, stderr = w.run("matrix")
	require.Equal(t, exitHeld, code, stderr)
	golden(t, "matrix", stdout)

	code, stdout, _ = w.run("matrix", "-write")
	require.Equal(t, exitHeld, code)
	require.Equal(t, "wrote ROOT/tla/MUTANTS.md\n", stdout)
	code, stdout, _ = w.run("matrix", "-check")
	require.Equal(t, exitHeld, code, stdout)

	w.plays1("no-margin@Sound", violates(tlcInvariant, "Invariant Sound is violated."), "12")
	code, stdout, _ = w.run("matrix", "-check")
	require.Equal(t, exitChanged, code)
	require.Contains(t, stdout, "  - | no-margin |")
	require.Contains(t, stdout, "  + | no-margin |")
}

func TestAMatrixThatCannotBeDecided(t *testing.T) {
	w := matrixWorld(t)
	w.plays1("no-margin@Sound", "", "0")
	code, _, stderr := w.run("matrix")
	require.Equal(t, exitUnchecked, code)
	require.Contains(t, stderr, "exited as if it had found nothing")

	w = matrixWorld(t)
	w.plays1("stuck@Safe,Sound,Grows", violates(tlcInvariant, "Invariant Safe is violated."), "12")
	w.plays1("stuck@Sound,Grows", holds(5, nil), "hang")
	code, stdout, _ := w.run("matrix", "-timeout", "1s")
	require.Equal(t, exitHeld, code)
	require.Contains(t, stdout, " ? |")
	code, _, stderr = w.run("matrix", "-timeout", "1s", "-write")
	require.Equal(t, exitUnchecked, code)
	require.Contains(t, stderr, "nothing is written")
	_, err := os.Stat(filepath.Join(w.root, matrixPath))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestTheRealThing lets TLC itself find a fault in a model of a few states, and the command tell it.
func TestTheRealThing(t *testing.T) {
	tools := tlctest.Real(t)
	w := newWorld(t)
	t.Setenv(tlc.EnvJava, filepath.Dir(filepath.Dir(tools.Java)))
	t.Setenv(tlc.EnvJar, tools.Jar)
	model, err := os.ReadFile("testdata/Model.tla")
	require.NoError(t, err)
	wrong, err := os.ReadFile("testdata/Wrong.tla")
	require.NoError(t, err)
	w.file("tla/Model.tla", string(model))
	w.file("tla/Wrong.tla", string(wrong))
	code, stdout, stderr := w.run("check", "-repin", "one", "two", "slow")
	require.Equal(t, exitUnexplored, code, stdout+stderr)
	require.Contains(t, stdout, "Revoke (line 23, col 1 to line 23, col 6 of module Model) is never taken")
	w.edit(listPath, "    weight: 2\n", "    unexplored: {Revoke: nobody revokes}\n")
	code, stdout, stderr = w.run("check", "one", "two")
	require.Equal(t, exitHeld, code, stdout+stderr)
	code, stdout, stderr = w.run("mutants")
	require.Equal(t, exitHeld, code, stdout+stderr)
	code, stdout, stderr = w.run("matrix")
	require.Equal(t, exitHeld, code, stdout+stderr)
	require.Contains(t, stdout, "| no-margin |")
}
