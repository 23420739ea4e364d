//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/spec"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc/tlctest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) {
	tlctest.ActAsJava()
	goleak.VerifyTestMain(m)
}

// world is a small repository, and a TLC that says what it is told to say.
type world struct {
	t           *testing.T
	root, plays string
}

const home = "../.."

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, root: t.TempDir(), plays: t.TempDir()}
	list, err := os.ReadFile("testdata/checks.yaml")
	require.NoError(t, err)
	w.file(listPath, string(list))
	table, err := os.ReadFile(filepath.Join(home, tablePath))
	require.NoError(t, err)
	w.file(tablePath, string(table))
	w.file("tla/Model.tla", "")
	w.file("tla/Wrong.tla", "")
	var edges strings.Builder
	for _, e := range w.edges() {
		fmt.Fprintf(&edges, "%s %s %s\n", e.from, e.on, e.to)
	}
	w.file(testsPath, edges.String())
	t.Setenv("TMPDIR", t.TempDir())
	tlctest.Fake(t, w.plays)

	w.plays1("one", holds(100, w.printed(), "Reply: 7", "Revoke: 0"), "0")
	w.plays1("two", holds(200, nil, "Reply: 7", "Revoke: 9"), "0")
	w.plays1("slow", holds(300, nil, "Reply: 7"), "0")
	w.plays1("no-margin", violates(tlcInvariant, "Invariant Safe is violated."), "12")
	w.plays1("unfair", violates(tlcTemporal, "Temporal properties were violated."), "13")
	w.plays1("stuck", violates(tlcDeadlock, "Deadlock reached."), "11")
	w.plays1("late-grant", violates(tlcInvariant, "Invariant NoLateGrant is violated."), "12")
	return w
}

func (w *world) file(name, text string) {
	w.t.Helper()
	path := filepath.Join(w.root, name)
	require.NoError(w.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(w.t, os.WriteFile(path, []byte(text), 0o600))
}

func (w *world) read(name string) string {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.root, name))
	require.NoError(w.t, err)
	return string(text)
}

func (w *world) edit(name, before, after string) {
	w.t.Helper()
	text := w.read(name)
	require.Equal(w.t, 1, strings.Count(text, before), "%q in %s", before, name)
	w.file(name, strings.Replace(text, before, after, 1))
}

// plays1 says what TLC prints for a configuration, and how it ends.
func (w *world) plays1(name, output, exit string) {
	w.t.Helper()
	for kind, text := range map[string]string{".stdout": output, ".exit": exit} {
		require.NoError(w.t, os.WriteFile(filepath.Join(w.plays, name+kind), []byte(text), 0o600))
	}
}

func (w *world) edges() []edge {
	w.t.Helper()
	table, err := spec.Load(filepath.Join(home, tablePath))
	require.NoError(w.t, err)
	var all []edge
	for _, row := range table.Transitions {
		all = append(all, edge{row.From, row.On, row.To})
	}
	return all
}

// printed is what a model prints that takes every row.
func (w *world) printed() []string {
	var lines []string
	for _, e := range w.edges() {
		lines = append(lines, fmt.Sprintf("<<%q, %q, %q, %q>>", "edge", e.from, e.on, e.to))
	}
	return lines
}

// run runs the command in the world. What differs from run to run is taken out of what it prints.
func (w *world) run(args ...string) (code int, stdout, stderr string) {
	w.t.Helper()
	var out, errs bytes.Buffer
	if len(args) > 0 && args[0] != "help" {
		args = append([]string{args[0], "-root", w.root}, args[1:]...)
	}
	code = program().Main(args, &out, &errs)
	return code, w.steady(out.String()), w.steady(errs.String())
}

var (
	someTime  = regexp.MustCompile(`( +|in )(\d+m)?\d+(\.\d+)?m?s\b`)
	jsonTime  = regexp.MustCompile(`"seconds":[\d.e-]+`)
	fakeJar   = regexp.MustCompile(`(?m)^note: TENURE_TLC_JAR .*\n`)
	someCount = regexp.MustCompile(`"workers":\d+`)
)

func (w *world) steady(text string) string {
	text = fakeJar.ReplaceAllString(text, "")
	text = strings.ReplaceAll(text, w.root, "ROOT")
	text = strings.ReplaceAll(text, os.Getenv("TMPDIR"), "TMP")
	text = regexp.MustCompile(`tenure-counterexample-\d+`).ReplaceAllString(text, "FOLDER")
	text = someTime.ReplaceAllStringFunc(text, func(found string) string {
		if strings.HasPrefix(found, "in") {
			return "in TIME"
		}
		return " TIME"
	})
	text = jsonTime.ReplaceAllString(text, `"seconds":0`)
	return someCount.ReplaceAllString(text, `"workers":0`)
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path) //nolint:gosec // a name from a table
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// The codes of TLC's messages.
const (
	tlcInvariant = 2110
	tlcAction    = 2112
	tlcDeadlock  = 2114
	tlcTemporal  = 2116
)

func said(code, severity int, text string) string {
	return fmt.Sprintf("@!@!@STARTMSG %d:%d @!@!@\n%s\n@!@!@ENDMSG %d @!@!@\n", code, severity, text, code)
}

// holds is what TLC prints when all is well.
func holds(distinct int, printed []string, actions ...string) string {
	var b strings.Builder
	for _, line := range printed {
		b.WriteString(line + "\n")
	}
	b.WriteString(said(2193, 0, "Model checking completed. No error has been found."))
	b.WriteString(said(2201, 0, "The coverage statistics"))
	for i, action := range actions {
		name, taken, _ := strings.Cut(action, ": ")
		b.WriteString(said(2772, 0, fmt.Sprintf("<%s line %d, col 1 to line %d, col 5 of module Model>: 0:%s", name, i+1, i+1, taken)))
	}
	b.WriteString(said(2199, 0, fmt.Sprintf("%d states generated, %d distinct states found, 0 states left on queue.", 3*distinct, distinct)))
	b.WriteString(said(2194, 0, "The depth of the complete state graph search is 9."))
	return b.String() + said(2186, 0, "Finished in 3ms")
}

// violates is what TLC prints when a property is violated.
func violates(code int, text string) string {
	trace := said(2217, 4, "1: <Initial predicate>\n/\\ core = (p1 :> [state |-> \"idle\", armed |-> {}])") +
		said(2217, 4, "2: <Command line 1, col 1 to line 1, col 5 of module Model>\n/\\ core = (p1 :> [state |-> \"following\", armed |-> {\"subscription\", \"turn\"}])")
	return said(code, 1, text) + said(2121, 1, "The behavior up to this point is:") + trace +
		said(2199, 0, "12 states generated, 8 distinct states found, 3 states left on queue.") + said(2186, 0, "Finished in 3ms")
}

func TestMessages(t *testing.T) {
	for name, args := range map[string][]string{
		"help":              {"help"},
		"help-check":        {"help", "check"},
		"help-mutants":      {"help", "mutants"},
		"help-matrix":       {"help", "matrix"},
		"unknown-verb":      {"chek"},
		"unknown-help":      {"help", "mutnats"},
		"two-helps":         {"help", "check", "mutants"},
		"unknown-flag":      {"check", "-jsn"},
		"unknown-set":       {"check", "-set", "medium"},
		"unknown-name":      {"check", "onne"},
		"unknown-mutant":    {"mutants", "one"},
		"stray-argument":    {"edges", "one"},
		"show-without-name": {"show"},
		"show-unknown":      {"show", "no-margins"},
		"matrix-both":       {"matrix", "-write", "-check"},
		"matrix-named":      {"matrix", "-write", "stuck"},
		"matrix-unknown":    {"matrix", "stuk"},
		"list":              {"list"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			code, stdout, stderr := w.run(args...)
			golden(t, name, fmt.Sprintf("-- exit code\n%d\n-- stdout\n%s-- stderr\n%s", code, stdout, stderr))
			if code != exitHeld {
				require.Equal(t, exitUsage, code)
				require.Empty(t, stdout)
				require.Equal(t, 1, strings.Count(stderr, "\n"), "one line says what is wrong")
			}
		})
	}
}

func TestCheck(t *testing.T) {
	w := newWorld(t)
	code, stdout, stderr := w.run("check", "-workers", "2", "-set", "all")
	require.Equal(t, exitHeld, code, stdout+stderr)
	require.Empty(t, stderr)
	lines := strings.Split(stdout, "\n")
	slices.Sort(lines[1:4]) // they come as they are done
	golden(t, "check", strings.Join(lines, "\n"))
}

func TestWithoutAVerbItChecksTheShortSet(t *testing.T) {
	w := newWorld(t)
	t.Chdir(w.root)
	for _, args := range [][]string{nil, {"-coverage=false"}} {
		var out, errs bytes.Buffer
		code := program().Main(args, &out, &errs)
		if args == nil {
			require.Equal(t, exitHeld, code, out.String()+errs.String())
		}
		require.Contains(t, out.String(), "one ")
		require.Contains(t, out.String(), "two ")
		require.NotContains(t, out.String(), "slow ")
	}
}

// TestExitCodesOfCheck changes one thing each.
func TestExitCodesOfCheck(t *testing.T) {
	type change func(w *world)
	spoil := func(name, output, exit string) change {
		return func(w *world) { w.plays1(name, output, exit) }
	}
	all := newWorld(t).printed()
	lacking := strings.TrimSuffix(strings.TrimPrefix(all[0], `<<"edge", "`), `">>`)
	first := strings.Split(lacking, `", "`)
	for name, c := range map[string]struct {
		change change
		args   []string
		code   int
		says   string
	}{
		"all is well":    {func(*world) {}, nil, exitHeld, "HELD: 2 of 2"},
		"counts changed": {spoil("two", holds(201, nil, "Reply: 7", "Revoke: 9"), "0"), nil, exitChanged, "safe, COUNTS CHANGED: 200 distinct states are pinned"},
		"not pinned":     {func(w *world) { w.edit(listPath, "    distinct: 200\n", "") }, nil, exitChanged, "safe, NOT PINNED"},
		"violated":       {spoil("two", violates(tlcInvariant, "Invariant Safe is violated."), "12"), nil, exitViolated, "VIOLATED: Safe, in 2 states"},
		"temporal":       {spoil("slow@Lives,LivesAgain", violates(tlcTemporal, "Temporal properties were violated."), "13"), []string{"slow"}, exitViolated, "VIOLATED: one of the temporal properties Lives, LivesAgain, in 2 states"},
		"temporal, found out": {func(w *world) {
			w.plays1("slow@Lives,LivesAgain", violates(tlcTemporal, "Temporal properties were violated."), "13")
			w.plays1("slow@LivesAgain", violates(tlcTemporal, "Temporal properties were violated."), "13")
		}, []string{"slow"}, exitViolated, "VIOLATED: LivesAgain, in 2 states"},
		"deadlock":            {spoil("two", violates(tlcDeadlock, "Deadlock reached."), "11"), nil, exitViolated, "VIOLATED: a deadlock, in 2 states"},
		"not parsed":          {spoil("two", said(3002, 1, "Parsing or semantic analysis failed."), "150"), nil, exitUnchecked, "NOT CHECKED: tlc: two: the module cannot be parsed"},
		"killed":              {spoil("two", holds(200, nil), "kill"), nil, exitUnchecked, "NOT CHECKED"},
		"silent":              {spoil("two", "", "0"), nil, exitUnchecked, "NOT CHECKED"},
		"an action unlisted":  {spoil("two", holds(200, nil, "Reply: 0", "Revoke: 9"), "0"), nil, exitUnexplored, "Reply (line 1, col 1 to line 1, col 5 of module Model) is never taken"},
		"a listed one taken":  {spoil("one", holds(100, all, "Reply: 7", "Revoke: 1"), "0"), nil, exitUnexplored, "Revoke is listed as unexplored, and is taken"},
		"a listed one absent": {spoil("one", holds(100, all, "Reply: 7"), "0"), nil, exitUnexplored, "the module has no such action"},
		"no coverage":         {spoil("one", holds(100, all), "0"), nil, exitUnexplored, "TLC reports no actions"},
		"coverage not wanted": {spoil("one", holds(100, all), "0"), []string{"-coverage=false"}, exitHeld, "HELD"},
		"an edge of the tests alone": {func(w *world) { w.file(testsPath, w.read(testsPath)+"idle dream closed\n") }, nil, exitViolated,
			"idle --dream--> closed: in the tests; not in the model and the table"},
		"an edge that the model never takes": {spoil("one", holds(100, all[1:], "Reply: 7", "Revoke: 0"), "0"), nil, exitViolated,
			fmt.Sprintf("%s --%s--> %s: in the table and the tests; not in the model", first[0], first[1], first[2])},
		"no edges of the tests":    {func(w *world) { require.NoError(w.t, os.Remove(filepath.Join(w.root, testsPath))) }, nil, exitUnchecked, "edges: NOT COMPARED"},
		"edges that are none":      {func(w *world) { w.file(testsPath, "idle start\n") }, nil, exitUnchecked, "want a state, an event and a state"},
		"edges elsewhere":          {func(w *world) { w.file("x.golden", "# none\n") }, []string{"-tests", "ROOT/x.golden"}, exitUnchecked, "has no edges"},
		"no edges where named":     {func(w *world) { w.file(testsPath, "") }, []string{"two"}, exitHeld, "HELD: 1 of 1"},
		"no edges of the long set": {func(w *world) { w.file(testsPath, "") }, []string{"-set", "long"}, exitHeld, "HELD: 1 of 1"},
		"changed and unexplored":   {spoil("one", holds(101, all, "Reply: 7", "Revoke: 1"), "0"), nil, exitUnexplored, "safe, BUT ITS ACTIONS ARE NOT AS LISTED, COUNTS CHANGED"},
		"the gravest of several": {func(w *world) {
			w.plays1("one", said(3002, 1, "Parsing failed."), "150")
			w.plays1("two", violates(tlcInvariant, "Invariant Safe is violated."), "12")
		}, nil, exitUnchecked, "NOT ALL COULD BE CHECKED: 0 of 2"},
		"a faulty list":  {func(w *world) { w.edit(listPath, "set: long", "sett: long") }, nil, exitUsage, "unknown key sett"},
		"a faulty table": {func(w *world) { w.file(tablePath, "a: 1") }, nil, exitUsage, tablePath},
		"no list":        {func(w *world) { require.NoError(w.t, os.Remove(filepath.Join(w.root, listPath))) }, nil, exitUsage, "from the root of the repository"},
		"no java": {func(w *world) {
			w.t.Setenv("PATH", "")
			w.t.Setenv(tlc.EnvJava, "")
		}, nil, exitUnchecked, "default-jre-headless"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c.change(w)
			args := []string{"check"}
			for _, arg := range c.args {
				args = append(args, strings.ReplaceAll(arg, "ROOT", w.root))
			}
			code, stdout, stderr := w.run(args...)
			require.Equal(t, c.code, code, stdout+stderr)
			require.Contains(t, stdout+stderr, c.says)
		})
	}
}

func TestAViolationIsToldAndDrawn(t *testing.T) {
	w := newWorld(t)
	w.plays1("two", violates(tlcAction, "Action property Grows is violated."), "13")
	code, stdout, _ := w.run("check", "two")
	require.Equal(t, exitViolated, code)
	golden(t, "violated", stdout)

	out := filepath.Join(t.TempDir(), "new")
	code, _, _ = w.run("check", "two", "-out", out)
	require.Equal(t, exitViolated, code)
	diagram, err := os.ReadFile(filepath.Join(out, "two.mermaid")) //nolint:gosec // a folder of the test
	require.NoError(t, err)
	require.Contains(t, string(diagram), "sequenceDiagram")
}

func TestRepin(t *testing.T) {
	w := newWorld(t)
	w.edit(listPath, "    distinct: 200\n", "")
	w.plays1("one", holds(101, w.printed(), "Reply: 7", "Revoke: 0"), "0")
	w.plays1("slow", violates(tlcInvariant, "Invariant Safe is violated."), "12")
	code, stdout, stderr := w.run("check", "-set", "all", "-repin")
	require.Equal(t, exitViolated, code, stdout)
	require.Contains(t, stderr, "pinned one: 101 distinct states instead of 100\n")
	require.Contains(t, stderr, "pinned two: 200 distinct states instead of 0\n")
	text := w.read(listPath)
	require.Contains(t, text, "distinct: 101 # as measured\n")
	require.Contains(t, text, "distinct: 200\n")
	require.Contains(t, text, "distinct: 300\n", "what is violated keeps its pin")

	code, stdout, _ = w.run("check")
	require.Equal(t, exitHeld, code, stdout)
}

// objects reads one JSON object a line.
func objects(t *testing.T, text string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(text) {
		var object map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &object), line)
		all = append(all, object)
	}
	return all
}

func TestJSON(t *testing.T) {
	w := newWorld(t)
	w.plays1("two", violates(tlcInvariant, "Invariant Safe is violated."), "12")
	code, stdout, stderr := w.run("check", "-json")
	require.Equal(t, exitViolated, code)
	require.Empty(t, stderr)
	all := objects(t, stdout)
	require.Len(t, all, 4)
	for _, object := range all[:2] {
		require.Equal(t, "configuration", object["type"])
		if object["name"] == "two" {
			require.Equal(t, "Safe", object["violated"])
			require.NotEmpty(t, object["diagram"])
			require.InDelta(t, exitViolated, object["exit"], 0)
		}
	}
	require.Equal(t, "edges", all[2]["type"])
	require.Equal(t, "verdict", all[3]["type"])
	require.InDelta(t, exitViolated, all[3]["exit"], 0)

	code, stdout, _ = w.run("mutants", "-json")
	require.Equal(t, exitHeld, code)
	require.Len(t, objects(t, stdout), 4)
}

func TestEdges(t *testing.T) {
	w := newWorld(t)
	code, stdout, stderr := w.run("edges")
	require.Equal(t, exitHeld, code, stderr)
	require.Regexp(t, `^\nedges: the model, the table and the tests have the same \d+\n$`, stdout)

	w.file(testsPath, "idle start following\n")
	code, stdout, _ = w.run("edges")
	require.Equal(t, exitViolated, code)
	require.Contains(t, stdout, "idle --close--> closed: in the model and the table; not in the tests\n")
}

func TestInterrupted(t *testing.T) {
	for name, at := range map[string]string{"at once": "", "while it runs": "two"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.plays1("two", "", "hang")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if at == "" {
				cancel()
			}
			var out, errs bytes.Buffer
			ended := make(chan int)
			go func() { ended <- program().Run(ctx, []string{"check", "-root", w.root, "two"}, &out, &errs) }()
			if at != "" {
				require.Eventually(t, func() bool {
					_, err := os.Stat(filepath.Join(w.plays, "child.pid"))
					return err == nil
				}, time.Minute, 5*time.Millisecond)
				cancel()
			}
			require.Equal(t, exitUnchecked, <-ended)
			require.Contains(t, out.String()+errs.String(), "interrupted")
			left, err := os.ReadDir(os.Getenv("TMPDIR"))
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}
