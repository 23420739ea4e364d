//go:build unix

package main

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/proptest"
	"github.com/tenure-go/tenure/spec"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc/tlctest"
)

// runAtHome runs a verb on this repository.
func runAtHome(verb string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = program().Main(append([]string{verb, "-root", home}, args...), &out, &errs)
	return code, out.String(), errs.String()
}

// tracingOf is a run of the verb on two short traces, over a table of one row.
func tracingOf() *tracing {
	tick := proptest.TraceLine{Step: proptest.StepTick}
	start := proptest.TraceLine{Step: proptest.StepCommand, Who: "p1", What: "start", To: "following"}
	return &tracing{
		session:   &session{table: &spec.Table{Transitions: []spec.Transition{{From: "idle", On: "start", To: "following"}}}},
		traces:    []*proptest.Trace{{Seed: 3, Lines: []proptest.TraceLine{start}}, {Seed: 4, Lines: []proptest.TraceLine{start, tick}}},
		corrupted: []*proptest.Trace{{Seed: 4, Corruption: "Line 2: a tick is missing."}},
	}
}

// all is what TLC says when it has accepted them.
func all() tlc.Result {
	return tlc.Result{Verdict: tlc.Holds, Distinct: 5, Printed: []string{
		`<<"edge", "idle", "start", "following">>`, `<<"accepted", 1>>`, `<<"accepted", 2>>`,
	}}
}

func TestTracesThatAreAcceptedAreNoFault(t *testing.T) {
	require.Empty(t, tracingOf().judgeGood(all()))
	require.Empty(t, tracingOf().judgeBad(tlc.Result{Verdict: tlc.Holds, Distinct: 2}))
}

func TestThatTLCFindsNothingIsNotEnough(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*tlc.Result)
		want  string
	}{
		"one was not taken to its end": {func(r *tlc.Result) { r.Printed = r.Printed[:2] }, "1 of 2 traces were accepted to their ends"},
		"a situation is missing":       {func(r *tlc.Result) { r.Distinct = 4 }, "TLC saw 4 situations, and the traces have 5"},
		"there is one too many":        {func(r *tlc.Result) { r.Distinct = 6 }, "TLC saw 6 situations, and the traces have 5"},
		"a row is never taken":         {func(r *tlc.Result) { r.Printed = r.Printed[1:] }, "no trace takes idle --start--> following"},
		"there is no verdict":          {func(r *tlc.Result) { r.Verdict = tlc.NoVerdict }, "there is no verdict"},
	} {
		t.Run(name, func(t *testing.T) {
			r := all()
			c.spoil(&r)
			require.Equal(t, []string{c.want}, tracingOf().judgeGood(r))
		})
	}
}

func TestTheFirstMismatchIsNamed(t *testing.T) {
	value := func(text string) tlc.Value {
		v, err := tlc.ParseValue(text)
		require.NoError(t, err)
		return v
	}
	r := tlc.Result{Verdict: tlc.Deadlocked, Trace: []tlc.State{{Variables: []tlc.Variable{
		{Name: "trace", Value: value("2")}, {Name: "line", Value: value("1")},
		{Name: "core", Value: value(`[p1 |-> [state |-> "idle"]]`)}, {Name: "store", Value: value("[fence |-> 0]")}, {Name: "loose", Value: value("{}")},
	}}}}
	faults := tracingOf().judgeGood(r)
	require.Len(t, faults, 1)
	require.Contains(t, faults[0], "trace 2 (seed 4) does not match the protocol at line 1 of 2:")
	require.Contains(t, faults[0], `[e |-> "command", p |-> "p1", c |-> "start", to |-> "following"]`)
	require.Contains(t, faults[0], `p1 [state |-> "idle"]`)

	r.Verdict, r.Property = tlc.Violated, "OneLeads"
	require.Contains(t, tracingOf().judgeGood(r)[0], "a run violates OneLeads")
}

func TestACorruptedTraceThatIsAcceptedIsAFault(t *testing.T) {
	r := tlc.Result{Verdict: tlc.Holds, Printed: []string{`<<"accepted", 1>>`}}
	require.Equal(t, []string{"a corrupted trace is accepted: seed 4, Line 2: a tick is missing."}, tracingOf().judgeBad(r))
	require.NotEmpty(t, tracingOf().judgeBad(tlc.Result{Verdict: tlc.Deadlocked}))
}

func TestFaultsInTheCodeAreFoundByItsTraces(t *testing.T) {
	tlctest.Real(t)
	for _, planted := range []string{"no-margin", "release-by-incarnation"} {
		t.Run(planted, func(t *testing.T) {
			keep := t.TempDir()
			code, out, errs := runAtHome("traces", "-traces", "60", "-corrupted", "1", "-planted", planted, "-keep", keep)
			require.Equal(t, exitViolated, code, out+errs)
			require.Regexp(t, `trace \d+ \(seed \d+\) does not match the protocol at line \d+ of \d+`, out)
			for _, kept := range []string{"traces/MC.cfg", "traces/Trace.tla", "corrupted/TraceData.tla"} {
				require.FileExists(t, filepath.Join(keep, kept))
			}
		})
	}
}

func TestATrivialSetOfTracesFails(t *testing.T) {
	code, _, errs := runAtHome("traces", "-traces", "0")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "want a whole number from 1 to")
	code, _, errs = runAtHome("traces", "-planted", "no-margim")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "did you mean no-margin?")
	code, out, _ := runAtHome("traces", "-traces", "1")
	require.Equal(t, exitViolated, code)
	require.Contains(t, out, "no trace has the step")
}
