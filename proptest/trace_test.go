package proptest_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/proptest"
)

// tracesOf returns what make check-traces records.
func tracesOf(t *testing.T, number int) []*proptest.Trace {
	t.Helper()
	traces, violation := proptest.Traces(1, number, nil)
	require.Nil(t, violation)
	require.Len(t, traces, number)
	return traces
}

func TestTheSameSeedGivesTheSameTrace(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		once, _ := proptest.Record(seed, nil)
		again, _ := proptest.Record(seed, nil)
		require.Equal(t, once, again)
	}
}

// TestTracesTakeEveryRow makes sure that what TLC is given has all there is to be held against the model.
func TestTracesTakeEveryRow(t *testing.T) {
	edges, steps := map[string]bool{}, map[proptest.Step]bool{}
	for _, trace := range tracesOf(t, 400) {
		state := map[string]string{}
		for _, l := range trace.Lines {
			steps[l.Step] = true
			if l.To == "" {
				continue
			}
			from := state[l.Who]
			if from == "" {
				from = "idle"
			}
			edges[from+" "+l.What] = true
			state[l.Who] = l.To
		}
	}
	for _, step := range proptest.Steps() {
		require.True(t, steps[step], "no trace has the step %s", step)
	}
	for _, edge := range tableEdges() {
		row := edge[:strings.LastIndex(edge, " ")]
		atOnce := strings.HasSuffix(row, " unattended")
		require.True(t, atOnce || edges[row], "no trace takes %s", edge)
	}
}

func TestEveryCorruptionFindsATrace(t *testing.T) {
	traces := tracesOf(t, 400)
	before := make([]string, len(traces))
	for i, trace := range traces {
		before[i] = trace.String()
	}
	corrupted, err := proptest.Corrupted(traces, 2)
	require.NoError(t, err)
	known := map[string]bool{}
	for i, trace := range traces {
		require.Equal(t, before[i], trace.String(), "the trace itself is as it was")
		known[before[i]] = true
	}
	for _, trace := range corrupted {
		require.NotEmpty(t, trace.Corruption)
		require.False(t, known[trace.String()], trace.Corruption)
	}
	_, err = proptest.Corrupted(nil, 1)
	require.Error(t, err)
}

func TestTracesAreWrittenAsAModule(t *testing.T) {
	trace := &proptest.Trace{Seed: 7, Lines: []proptest.TraceLine{
		{
			Step: proptest.StepReply, Who: "p1", What: "granted", To: "leading",
			Core:  &proptest.TraceCore{Left: 9, Fence: 1, Op: "none", Armed: []string{"beat", "subscription"}, Work: "running", News: "gain"},
			Store: &proptest.TraceLease{Owner: "p1", Newest: true, Fence: 1, Left: 12},
		},
		{Step: proptest.StepLate, Who: "p1", Late: &proptest.TraceRequest{Op: "release", Fence: 1}, Store: &proptest.TraceLease{}},
		{Step: proptest.StepTick},
	}}
	var b bytes.Buffer
	require.NoError(t, proptest.WriteTraces(&b, []*proptest.Trace{trace}))
	for _, part := range []string{
		"MODULE TraceData", `Lives == {"p1", "p2", "p3", "p4", "p5", "p6"}`, "\\* Seed 7.", "Traces == <<T1>>",
		`[e |-> "reply", p |-> "p1", c |-> "granted", to |-> "leading", n |-> [left |-> 9, fence |-> 1, op |-> "none", ` +
			`armed |-> {"beat", "subscription"}, work |-> "running", news |-> "gain"], ` +
			`s |-> [owner |-> "p1", newest |-> TRUE, fence |-> 1, left |-> 12, revoked |-> FALSE]],`,
		`[e |-> "late", p |-> "p1", op |-> "release", newest |-> FALSE, fence |-> 1, ` +
			`s |-> [owner |-> "none", newest |-> FALSE, fence |-> 0, left |-> 0, revoked |-> FALSE]],`,
		"[e |-> \"tick\"]\n>>",
	} {
		require.Contains(t, b.String(), part)
	}
}
