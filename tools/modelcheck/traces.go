package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/tenure-go/tenure/proptest"
	"github.com/tenure-go/tenure/tools/internal/cli"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

// traceModule is the module that holds traces against the protocol, and traceData the one with the traces.
const (
	traceModule = "Trace"
	traceData   = "TraceData.tla"
)

// tracing is one run of the verb traces.
type tracing struct {
	*session
	number, each   int
	first          uint64
	keep           string
	planted        *proptest.Planted
	stdout, stderr io.Writer
	traces         []*proptest.Trace
	corrupted      []*proptest.Trace
}

func tracesVerb() *cli.Verb {
	return &cli.Verb{
		Name: "traces", Summary: "hold recorded runs of the Go code against the protocol, step by step",
		Intro: `traces records runs of the Go code, the pure core and the store in memory among lost, late and doubled messages, pauses,
deaths and slow clocks, and lets TLC hold each step of each run against the protocol: the step must be one that the
protocol can take there, and what the code was found to be after it must be what the protocol says. Traces with one
thing wrong are among them, each of which must be refused. A set with too few steps of any kind, or in which a row of the
table is never taken, fails.
`,
		Examples: `  modelcheck traces
  modelcheck traces -traces 3000           more of them
  modelcheck traces -keep folder           keep the modules, to run TLC by hand
`,
		Define: defineTraces,
	}
}

func defineTraces(f *cli.Flags) cli.Action {
	root := rootFlag(f)
	number := f.Number("traces", 400, 1, math.MaxInt32, "how many distinct traces are recorded; none would show nothing")
	first := f.Uint64("first", 1, 0, "the seed of the first")
	each := f.Number("corrupted", 2, 1, math.MaxInt32, "how many traces are made wrong in each of the ways that there are")
	planted := f.String("planted", "", "the `fault` to put into the code, which is then to be found")
	keep := f.String("keep", "", "the `folder` to keep the modules in")
	return func(ctx context.Context, call *cli.Call) int {
		t := &tracing{number: *number, first: *first, each: *each, keep: *keep, stdout: call.Stdout, stderr: call.Stderr}
		if fault := t.plant(*planted); fault != "" {
			return call.Wrong(fault)
		}
		var code int
		if t.session, code = begin(call, *root); t.session == nil {
			return code
		}
		if code = t.record(); code != exitHeld {
			return code
		}
		if !t.find(ctx) {
			return exitUnchecked
		}
		return t.run(ctx)
	}
}

// plant finds the fault to be planted. It returns what is wrong with its name.
func (t *tracing) plant(name string) string {
	if name == "" {
		return ""
	}
	all := proptest.PlantedFaults()
	at := slices.IndexFunc(all, func(p *proptest.Planted) bool { return p.Name == name })
	if at < 0 {
		return unknown("planted fault", name, names(all, func(p *proptest.Planted) string { return p.Name }))
	}
	t.planted = all[at]
	return ""
}

// record makes the runs, and makes some of them wrong.
func (t *tracing) record() int {
	var violation *proptest.Violation
	if t.traces, violation = proptest.Traces(t.first, t.number, t.planted); violation != nil {
		fmt.Fprintf(t.stdout, "NOT AS IT MUST BE: a run breaks a check: %s\n", violation)
		return exitViolated
	}
	steps := map[proptest.Step]int{}
	for _, trace := range t.traces {
		for i := range trace.Lines {
			steps[trace.Lines[i].Step]++
		}
	}
	var lines []string
	for _, step := range proptest.Steps() {
		if steps[step] == 0 {
			fmt.Fprintf(t.stdout, "NOT AS IT MUST BE: no trace has the step %q\n", step)
			return exitViolated
		}
		lines = append(lines, fmt.Sprintf("%d %s", steps[step], step))
	}
	fmt.Fprintf(t.stdout, "recorded %d traces: %s\n", len(t.traces), strings.Join(lines, ", "))
	var err error
	if t.corrupted, err = proptest.Corrupted(t.traces, t.each); err != nil {
		return t.failed(err)
	}
	return exitHeld
}

// run holds both sets against the protocol.
func (t *tracing) run(ctx context.Context) int {
	var good, bad tlc.Result
	var goodErr, badErr error
	var both sync.WaitGroup
	both.Go(func() { good, goodErr = t.hold(ctx, "traces", t.traces, true) })
	both.Go(func() { bad, badErr = t.hold(ctx, "corrupted", t.corrupted, false) })
	both.Wait()
	for _, err := range []error{goodErr, badErr} {
		if err != nil {
			return t.failed(err)
		}
	}
	faults := append(t.judgeGood(good), t.judgeBad(bad)...)
	for _, fault := range faults {
		fmt.Fprintln(t.stdout, "NOT AS IT MUST BE:", fault)
	}
	if len(faults) > 0 {
		return exitViolated
	}
	fmt.Fprintf(t.stdout, "%d distinct traces, %d events accepted, %d corrupted refused\n",
		len(t.traces), events(t.traces), len(t.corrupted))
	return exitHeld
}

// hold runs TLC on a set of traces.
func (t *tracing) hold(ctx context.Context, name string, traces []*proptest.Trace, deadlocks bool) (tlc.Result, error) {
	var data bytes.Buffer
	if err := proptest.WriteTraces(&data, traces); err != nil {
		return tlc.Result{}, err
	}
	job := tlc.Job{
		Name: name, Modules: filepath.Join(t.root, modulesDir), Module: traceModule, Config: proptest.TraceConfig(deadlocks),
		Replace: map[string][]byte{traceData: data.Bytes()},
	}
	if t.keep != "" {
		folder := filepath.Join(t.keep, name)
		if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // for people to look into
			return tlc.Result{}, err
		}
		if err := job.LayOut(folder); err != nil {
			return tlc.Result{}, err
		}
	}
	return t.tools.Run(ctx, job)
}

func events(traces []*proptest.Trace) (n int) {
	for _, trace := range traces {
		n += len(trace.Lines)
	}
	return n
}

// judgeGood says what is wrong with the set that must be accepted. That TLC found no fault is not enough: it finds none in an
// empty set.
func (t *tracing) judgeGood(r tlc.Result) []string {
	switch r.Verdict {
	case tlc.Deadlocked:
		return []string{t.mismatch(r)}
	case tlc.Violated:
		return []string{"a run violates " + r.Property + ", which " + t.mismatch(r)}
	case tlc.Holds:
	default:
		return []string{"there is no verdict"}
	}
	var faults []string
	if n := len(accepted(r)); n != len(t.traces) {
		faults = append(faults, fmt.Sprintf("%d of %d traces were accepted to their ends", n, len(t.traces)))
	}
	if want := int64(events(t.traces) + len(t.traces)); r.Distinct != want {
		faults = append(faults, fmt.Sprintf("TLC saw %d situations, and the traces have %d", r.Distinct, want))
	}
	taken := printedEdges(r.Printed)
	for e := range tableEdges(t.table) {
		if !taken[e] {
			faults = append(faults, fmt.Sprintf("no trace takes %s", e))
		}
	}
	slices.Sort(faults)
	return faults
}

// judgeBad says which of the corrupted traces were accepted.
func (t *tracing) judgeBad(r tlc.Result) []string {
	if r.Verdict != tlc.Holds {
		return []string{"the corrupted traces end in: " + r.Verdict.String() + " " + r.Property}
	}
	var faults []string
	for n := range accepted(r) {
		faults = append(faults, fmt.Sprintf("a corrupted trace is accepted: seed %d, %s", t.corrupted[n-1].Seed, t.corrupted[n-1].Corruption))
	}
	slices.Sort(faults)
	return faults
}

// accepted are the numbers of the traces that were taken to their ends.
func accepted(r tlc.Result) map[int64]bool {
	numbers := map[int64]bool{}
	for _, line := range r.Printed {
		value, err := tlc.ParseValue(line)
		if err == nil && value.Kind == tlc.Sequence && len(value.Items) == 2 && value.Items[0].Is("accepted") {
			numbers[value.Items[1].Number] = true
		}
	}
	return numbers
}

// mismatch names the trace and the line that the protocol cannot follow, with the lines before it and with what it has.
func (t *tracing) mismatch(r tlc.Result) string {
	const before = 6
	last := r.Trace[len(r.Trace)-1]
	number, line := int(last.Value("trace").Number), int(last.Value("line").Number)
	if number < 1 || number > len(t.traces) {
		return "TLC does not say where the first mismatch is"
	}
	trace := t.traces[number-1]
	var b strings.Builder
	fmt.Fprintf(&b, "trace %d (seed %d) does not match the protocol at line %d of %d:\n", number, trace.Seed, line, len(trace.Lines))
	for i := max(line-before, 1); i <= min(line, len(trace.Lines)); i++ {
		fmt.Fprintf(&b, "  %4d  %s\n", i, &trace.Lines[i-1])
	}
	b.WriteString("  Before that line the protocol has:\n")
	if line <= len(trace.Lines) {
		if who := trace.Lines[line-1].Who; who != "" {
			fmt.Fprintf(&b, "        %s %s\n", who, last.Value("core").Get(who))
		}
	}
	fmt.Fprintf(&b, "        the store %s\n        loose requests %s", last.Value("store"), last.Value("loose"))
	return b.String()
}
