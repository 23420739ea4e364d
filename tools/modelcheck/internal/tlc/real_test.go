package tlc_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc/tlctest"
)

// counter is a job for the real TLC.
func counter(module, most, specification, rest string) tlc.Job {
	config := "CONSTANTS\nWho = {p1, p2}\nMost = " + most + "\nSPECIFICATION " + specification + "\n" + rest
	if !strings.Contains(rest, "CHECK_DEADLOCK") {
		config += "\nCHECK_DEADLOCK FALSE\n"
	}
	return tlc.Job{Name: "counter", Modules: "testdata/model", Module: module, Config: config, HeapMB: 256}
}

// TestTheRealTLC makes sure that the recordings are of what TLC does.
func TestTheRealTLC(t *testing.T) {
	tools := tlctest.Real(t)
	for name, c := range map[string]struct {
		job      tlc.Job
		verdict  tlc.Verdict
		property string
		kind     tlc.Kind
		states   int
	}{
		"holds":     {counter("Counter", "4", "Spec", ""), tlc.Holds, "", tlc.NoKind, 0},
		"invariant": {counter("Counter", "4", "Spec", "INVARIANT Small"), tlc.Violated, "Small", tlc.KindInvariant, 4},
		"action":    {counter("Counter", "4", "Spec", "PROPERTIES StaysNumber Grows"), tlc.Violated, "Grows", tlc.KindAction, 5},
		"at start":  {counter("Counter", "4", "Spec", "INVARIANT NotZero"), tlc.Violated, "NotZero", tlc.KindInvariant, 1},
		"stutters":  {counter("Counter", "1", "Spec", "PROPERTY ReachesHundred"), tlc.Violated, "", tlc.KindTemporal, 0},
		"lasso":     {counter("Counter", "4", "Fair", "PROPERTY ReachesHundred"), tlc.Violated, "", tlc.KindTemporal, 0},
		"deadlock":  {counter("Counter", "2", "Spec", "CHECK_DEADLOCK TRUE"), tlc.Deadlocked, tlc.Deadlock, tlc.KindDeadlock, 3},
	} {
		t.Run(name, func(t *testing.T) {
			c.job.Liveness = c.kind == tlc.KindTemporal
			result, err := tools.Run(t.Context(), c.job)
			require.NoError(t, err)
			require.Equal(t, c.verdict, result.Verdict)
			require.Equal(t, c.property, result.Property)
			require.Equal(t, c.kind, result.Kind)
			if c.states > 0 {
				require.Len(t, result.Trace, c.states)
			}
			require.Equal(t, name == "lasso", result.BackTo > 0)
		})
	}
}

func TestTheRealTLCWithoutAVerdict(t *testing.T) {
	tools := tlctest.Real(t)
	for name, job := range map[string]tlc.Job{
		"a module that cannot be parsed": counter("Broken", "4", "Spec", ""),
		"an assumption":                  counter("Doubtful", "4", "Spec", ""),
		"a comparison":                   counter("Counter", "4", "Spec", "INVARIANT IsText"),
		"an unknown invariant":           counter("Counter", "4", "Spec", "INVARIANT Missing"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tools.Run(t.Context(), job)
			var failure *tlc.RunError
			require.ErrorAs(t, err, &failure)
			require.NotEmpty(t, failure.Quote)
		})
	}
}

func TestTheRealTLCInParallelAndWithOtherModules(t *testing.T) {
	tools := tlctest.Real(t)
	var all sync.WaitGroup
	results := make([]tlc.Result, 4)
	for i := range results {
		all.Go(func() {
			job := counter("Counter", "4", "Spec", "")
			job.Workers, job.Coverage = 1+i%2, true
			if i == 3 {
				job.Module = "Other"
				job.Replace = map[string][]byte{"Other.tla": []byte("---- MODULE Other ----\nEXTENDS Counter\n====\n")}
			}
			results[i], _ = tools.Run(t.Context(), job)
		})
	}
	all.Wait()
	for _, result := range results {
		require.Equal(t, tlc.Holds, result.Verdict)
		require.EqualValues(t, 79, result.Distinct, "whatever the number of workers")
		require.Len(t, result.Actions, 3)
		require.Equal(t, []string{`<<"edge", "low", "up", "high">>`}, result.Printed)
	}
}
