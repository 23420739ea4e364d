package explain_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/spec"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/explain"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc/tlctest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) {
	tlctest.ActAsJava()
	goleak.VerifyTestMain(m)
}

// table is the table as it was when the counterexamples were recorded.
func table(t testing.TB) *spec.Table {
	t.Helper()
	table, err := spec.Load("testdata/participant.yaml")
	require.NoError(t, err)
	return table
}

// recorded is a counterexample that TLC printed.
func recorded(t *testing.T, name string) tlc.Result {
	t.Helper()
	tools := tlctest.Fake(t, "testdata")
	result, err := tools.Run(t.Context(), tlc.Job{
		Name: name, Modules: "testdata", Module: "Any", Config: "\\* " + name + "\n",
		Replace: map[string][]byte{"Any.tla": nil},
	})
	require.NoError(t, err)
	return result
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

// The counterexamples that TLC found in faulty models, told. Each golden file is the story and the diagram.
func TestStories(t *testing.T) {
	everything := map[string]string{"Commands": `{"start", "resign", "stop"}`}
	for name, c := range map[string]explain.Case{
		"no-step-down":            {Property: "EndedStaysEnded", Rule: 1, Meaning: "A tenure that ended never leads again."},
		"release-by-owner":        {Property: "LeaseEndsInOrder", Rule: 3},
		"late-renewal-resurrects": {Property: "EndedStaysEnded"},
		"hint-out-of-place":       {Property: "NothingForbidden"},
		"no-fencing":              {Property: "AcceptedGrows", Rule: 5},
		"acquire-over-old-work":   {Property: "NoAcquireOverWork", Rule: 6},
		"no-hand-back":            {Property: "StopEnds"},
		"failover-unprepared":     {Property: "OneLeads", Rule: 10},
		"stale-release":           {Property: "NoReleaseIsStale", Constants: everything},
	} {
		t.Run(name, func(t *testing.T) {
			c.Configuration, c.Result = name, recorded(t, name)
			story := explain.Tell(table(t), c)
			golden(t, name, story.Text+"\n"+story.Diagram)
		})
	}
}

// Every step of a sound model is a row of the table or no step of a participant: all of them are explained.
func TestEveryStepOfASoundModelIsExplained(t *testing.T) {
	for _, name := range []string{"release-by-owner", "acquire-over-old-work", "no-fencing", "stale-release", "failover-unprepared"} {
		story := explain.Tell(table(t), explain.Case{Configuration: name, Result: recorded(t, name)})
		require.NotContains(t, story.Text, "takes the step", name)
		require.NotContains(t, story.Text, "NOT WHAT THE TABLE SAYS", name)
	}
}

// state makes a state of one participant in a model that has little else.
func state(number int, action, core, rest string) tlc.State {
	value := func(text string) tlc.Value {
		v, err := tlc.ParseValue(text)
		if err != nil {
			v = tlc.Value{Kind: tlc.Opaque, Name: text}
		}
		return v
	}
	variables := []tlc.Variable{{Name: "core", Value: value("(p1 :> [" + core + "])")}}
	if rest != "" {
		variables = append(variables, tlc.Variable{Name: "other", Value: value(rest)})
	}
	return tlc.State{Number: number, Action: action, Variables: variables}
}

func TestWhatIsNotKnownIsShownAsItIs(t *testing.T) {
	const before = `state |-> "idle", armed |-> {}, moods |-> [calm |-> 1, glad |-> 2]`
	const after = `state |-> "idle", armed |-> {}, moods |-> [calm |-> 1, glad |-> 3]`
	story := explain.Tell(table(t), explain.Case{
		Configuration: "odd", Property: "Nothing",
		Result: tlc.Result{Verdict: tlc.Deadlocked, Trace: []tlc.State{
			state(1, "Initial predicate", before, `{1}`), state(2, "Dream", after, `{1, 2}`), state(3, "Wake", after, `SUBSET x`),
		}},
	})
	require.Contains(t, story.Text, "2. p1 takes the step Dream.")
	require.Contains(t, story.Text, "p1.moods.glad: 2 -> 3")
	require.Contains(t, story.Text, "other: {1} -> {1, 2}")
	require.Contains(t, story.Text, "3. Wake happens.")
	require.Contains(t, story.Text, "other: {1, 2} -> SUBSET x")
	require.Contains(t, story.Text, "From here no step is possible.")
}

func TestAStepThatTheTableDoesNotHave(t *testing.T) {
	const call = `awaited |-> [op |-> "renewal", answer |-> "renewed", newest |-> TRUE, fence |-> 1, age |-> 1]`
	const none = `awaited |-> [op |-> "none"]`
	story := explain.Tell(table(t), explain.Case{
		Configuration: "odd", Property: "Nothing",
		Result: tlc.Result{Verdict: tlc.Violated, Trace: []tlc.State{
			state(1, "Initial predicate", `state |-> "draining", armed |-> {}, `+call, ""),
			state(2, "Late_Reply", `state |-> "leading", armed |-> {}, `+none, ""),
		}},
	})
	require.Contains(t, story.Text, "2. p1 gets `renewed`")
	require.Contains(t, story.Text, "It goes from draining to leading, which is NOT WHAT THE TABLE SAYS")
	require.Contains(t, story.Diagram, "NOT IN THE TABLE")
}

func TestCommandsOfTheConfigurationNarrowTheEventDown(t *testing.T) {
	trace := []tlc.State{
		state(1, "Initial predicate", `state |-> "idle", armed |-> {}`, ""),
		state(2, "Command", `state |-> "acquiring", armed |-> {"subscription"}`, ""),
	}
	c := explain.Case{Result: tlc.Result{Verdict: tlc.Violated, Trace: trace}}
	require.Contains(t, explain.Tell(table(t), c).Text, "p1 gets `try`: TryAcquire was called; want one try now. (Or `campaign`")
	c.Constants = map[string]string{"Commands": `{"campaign", "stop"}`}
	require.Contains(t, explain.Tell(table(t), c).Text, "p1 gets `campaign`")
}

// arrows are the statements that a diagram may hold, line by line.
var statement = regexp.MustCompile(`^(%% .*|sequenceDiagram|    participant \w+|    Note over \w+(,\w+)?: [^;#]+|    \w+(->>|-->>|-\)|--\)|--x)\w+: [^;#]+)$`)

func TestDiagramsAreMermaid(t *testing.T) {
	for _, name := range []string{"no-step-down", "failover-unprepared", "no-hand-back", "hint-out-of-place"} {
		story := explain.Tell(table(t), explain.Case{Configuration: name, Property: "P; Q # R", Result: recorded(t, name)})
		for line := range strings.Lines(story.Diagram) {
			require.Regexp(t, statement, strings.TrimSuffix(line, "\n"))
		}
	}
}

// Whatever a model prints, it is told.
func TestNoTraceStopsTheTeller(t *testing.T) {
	lifecycle := table(t)
	var states []string
	for _, s := range lifecycle.States {
		states = append(states, s.Name)
	}
	rapid.Check(t, func(t *rapid.T) {
		var trace []tlc.State
		for i := range rapid.IntRange(0, 6).Draw(t, "length") {
			action := rapid.SampledFrom([]string{"Command", "Reply", "TimeOut", "TimerFires", "Deadline", "WakesUp", "WorkReturns", "Execute",
				"ExecuteLoose", "Lose", "Tick", "Write", "Apply", "Odd", "Mad_Reply", "_"}).Draw(t, "action")
			core := `state |-> "` + rapid.SampledFrom(append(states, "forbidden", "odd")).Draw(t, "state") + `", armed |-> {"turn"}, left |-> ` +
				rapid.SampledFrom([]string{"0", "2", `"x"`, "{}"}).Draw(t, "left") + `, awaited |-> [op |-> "` +
				rapid.SampledFrom([]string{"none", "acquire", "odd"}).Draw(t, "op") + `", answer |-> "granted"]`
			trace = append(trace, state(i+1, action, core, rapid.SampledFrom([]string{"", "1", "{}", "[a |-> 1]"}).Draw(t, "rest")))
		}
		story := explain.Tell(lifecycle, explain.Case{Configuration: "odd", Property: "P", Result: tlc.Result{Trace: trace}})
		require.NotEmpty(t, story.Text)
		require.NotEmpty(t, story.Diagram)
	})
}
