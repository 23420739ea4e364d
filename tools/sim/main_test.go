package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/proptest"
)

// asProgram makes the test binary behave as the program, so that it can be sent signals.
const asProgram = "TENURE_SIM_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	goleak.VerifyTestMain(m)
}

// still is a clock that stands still, so that reports do not depend on the machine.
func still() time.Time { return time.Unix(0, 0) }

func sim(ctx context.Context, now func() time.Time, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(ctx, args, &out, &errs, now)
	return code, out.String(), errs.String()
}

// endingAfter is a clock that stands still and ends a context when it has been looked at so often.
func endingAfter(ctx context.Context, looks int) (context.Context, func() time.Time) {
	ctx, cancel := context.WithCancel(ctx)
	return ctx, func() time.Time {
		if looks--; looks <= 0 {
			cancel()
		}
		return still()
	}
}

// needsSpeed skips a test of many runs where the race detector makes each of them slow. All runs of a chunk are made by one
// call, which other tests make under the race detector too.
func needsSpeed(t *testing.T) {
	t.Helper()
	if raceEnabled {
		t.Skip("under the race detector it takes minutes")
	}
}

func statePath(t *testing.T) string { return filepath.Join(t.TempDir(), "sim.state") }

func TestAnInterruptedCampaignEndsAsOneInOneGo(t *testing.T) {
	needsSpeed(t)
	for _, planted := range []string{"", "drain-limit-ends-work"} {
		whole, parts := statePath(t), statePath(t)
		flags := func(path, seeds string) []string {
			return []string{"-first", "5", "-planted", planted, "-state", path, "-seeds", seeds}
		}
		codeWhole, reportWhole, _ := sim(t.Context(), still, flags(whole, "600")...)

		ctx, clock := endingAfter(t.Context(), 3)
		code, report, _ := sim(ctx, clock, flags(parts, "600")...)
		require.NotEqual(t, exitFine, code)
		require.NotEqual(t, reportWhole, report, "it was interrupted")
		if planted == "" {
			require.Equal(t, exitInterrupted, code)
			require.Contains(t, report, "from 5 to 254")
		}
		// Another number of seeds cuts the rest into other chunks.
		sim(t.Context(), still, flags(parts, "410")...)
		code, report, _ = sim(t.Context(), still, flags(parts, "600")...)
		require.Equal(t, codeWhole, code)
		require.Equal(t, reportWhole, report)
		require.Equal(t, read(t, whole), read(t, parts))

		code, report, _ = sim(t.Context(), still, "-report", "-state", parts)
		require.Equal(t, codeWhole, code)
		require.Equal(t, reportWhole, report, "what is asked for later is the same")
	}
}

func TestWorkersMakeNoDifference(t *testing.T) {
	seeds := "300"
	if raceEnabled {
		seeds = "30"
	}
	_, one, _ := sim(t.Context(), still, "-seeds", seeds, "-workers", "1")
	_, many, _ := sim(t.Context(), still, "-seeds", seeds, "-workers", "7")
	require.Equal(t, one, many)
}

func TestAnInterruptionAmongThePlantedFaults(t *testing.T) {
	needsSpeed(t)
	path := statePath(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code, report, _ := sim(ctx, still, "-seeds", "10", "-state", path)
	require.Equal(t, exitInterrupted, code)
	require.Contains(t, report, "seeds         0,")
	code, report, _ = sim(t.Context(), still, "-seeds", "10", "-state", path)
	require.Equal(t, exitFine, code)
	for _, p := range proptest.PlantedFaults() {
		require.Contains(t, report, p.Name)
	}
}

func TestABrokenCheckIsReportedAndFails(t *testing.T) {
	needsSpeed(t)
	path := statePath(t)
	code, report, _ := sim(t.Context(), still, "-seeds", "300", "-planted", "renew-shortens", "-state", path)
	require.Equal(t, exitBroken, code)
	require.Contains(t, report, "BROKEN: lease-shortens")
	require.Contains(t, report, "replay with: go test ./proptest -run TestReplay -seed 1 -planted renew-shortens\n")
	require.Contains(t, report, "replay with: go test ./proptest -run TestReplay -seed 1 -planted renew-shortens -keep participants=")
	// Nearly every run is broken, and the state names a few of them.
	s, err := load(path)
	require.NoError(t, err)
	require.Greater(t, s.violations(), uint64(250))
	for _, b := range s.Broken {
		require.LessOrEqual(t, len(b.Seeds), seedsKept)
	}
	code, _, _ = sim(t.Context(), still, "-report", "-state", path)
	require.Equal(t, exitBroken, code, "it stays so")
}

func TestWhatWasNeverReachedFailsALongCampaign(t *testing.T) {
	s := &state{First: 1, Next: 1 + proptest.FullBudget}
	for state := range s.Stats.Taken {
		for event := range s.Stats.Taken[state] {
			s.Stats.Taken[state][event] = 1
		}
	}
	for kind := range s.Stats.Faults {
		s.Stats.Faults[kind] = 1
	}
	for what := range s.Stats.Reached {
		s.Stats.Reached[what] = 1
	}
	require.False(t, s.failed())
	s.Stats.Reached[proptest.StaleRelease] = 0
	require.True(t, s.failed())
	s.Stats.Reached[proptest.StaleRelease] = 1
	s.Stats.Taken[lifecycle.StateLeading][lifecycle.EventDeadline] = 0
	require.True(t, s.failed())
	var text strings.Builder
	s.reached(&text)
	require.Contains(t, text.String(), "NEVER: the row of deadline in leading")
	s.Next--
	require.False(t, s.failed(), "so many seeds need not show everything")
	s.Kills = []kill{{Name: "x"}}
	require.True(t, s.failed(), "a planted fault that nothing shows")
}

func TestAStateThatDoesNotFitIsRefused(t *testing.T) {
	needsSpeed(t)
	path := statePath(t)
	code, _, _ := sim(t.Context(), still, "-seeds", "10", "-state", path)
	require.Equal(t, exitFine, code)
	good := read(t, path)
	for name, c := range map[string]struct {
		content string
		args    []string
		says    string
	}{
		"cut off":         {good[:len(good)/2], nil, "damaged"},
		"a digit changed": {strings.Replace(good, `"Runs":10`, `"Runs":11`, 1), nil, "damaged"},
		"empty":           {"", nil, "damaged"},
		"something else":  {`{"name":"package.json"}`, nil, "damaged"},
		"another first":   {good, []string{"-first", "2"}, "-first 1"},
		"another trouble": {good, []string{"-trouble", "restart"}, `-trouble ""`},
		"another fault":   {good, []string{"-planted", "no-margin"}, `-planted ""`},
		"another version": {sealed(t, good, func(s map[string]any) { s["Code"] = "0123" }), nil, "another version"},
		"another shape":   {sealed(t, good, func(s map[string]any) { s["Sheep"] = 3 }), nil, "another version"},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(path, []byte(c.content), 0o600))
			code, stdout, stderr := sim(t.Context(), still, append([]string{"-seeds", "20", "-state", path}, c.args...)...)
			require.Equal(t, exitUnusable, code)
			require.Empty(t, stdout)
			require.Contains(t, stderr, c.says)
			require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
			require.Equal(t, c.content, read(t, path), "it is left alone")
		})
	}
}

// sealed changes a state and gives it the right sum.
func sealed(t *testing.T, content string, change func(map[string]any)) string {
	t.Helper()
	var f file
	require.NoError(t, json.Unmarshal([]byte(content), &f))
	var s map[string]any
	d := json.NewDecoder(bytes.NewReader(f.State))
	d.UseNumber()
	require.NoError(t, d.Decode(&s))
	change(s)
	var err error
	f.State, err = json.Marshal(s)
	require.NoError(t, err)
	f.Sum = sum(f.State)
	data, err := json.Marshal(f)
	require.NoError(t, err)
	return string(data)
}

func TestWrongUseIsToldInOneLine(t *testing.T) {
	for _, args := range [][]string{
		{"-sed", "5"}, {"-seeds", "x"}, {"-seeds", "0"}, {"-seeds", "-3"}, {"-first", "0"}, {"-workers", "0"}, {"more"},
		{"-report"}, {"-planted", "nothing"}, {"-trouble", "none"}, {"-report", "-state", filepath.Join(t.TempDir(), "none")},
		{"-state", filepath.Join(t.TempDir(), "no", "such", "place")}, {"-first", "18446744073709551615"},
	} {
		code, stdout, stderr := sim(t.Context(), still, args...)
		require.Equal(t, exitUnusable, code, args)
		require.Empty(t, stdout, args)
		require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
	}
	code, _, stderr := sim(t.Context(), still, "-help")
	require.Equal(t, exitFine, code)
	require.Contains(t, stderr, "-seeds")
}

func TestProgressIsTold(t *testing.T) {
	needsSpeed(t)
	var seconds int64
	hurried := func() time.Time { seconds += 4; return time.Unix(seconds, 0) }
	code, report, progress := sim(t.Context(), hurried, "-seeds", "600")
	require.Equal(t, exitFine, code)
	require.Contains(t, progress, "250 of 600 seeds, ")
	require.Regexp(t, `virtual hours, \d+ events/s, 0 violations, \d+s left`, progress)
	require.NotContains(t, report, "speed         0 events/s")
}

func TestACampaignBeyondTheAssumptions(t *testing.T) {
	code, report, _ := sim(t.Context(), still, "-seeds", "50", "-trouble", "drift")
	require.Equal(t, exitFine, code)
	require.Contains(t, report, "trouble       drift")
	require.Regexp(t, `not promised[^\n]*\n  one-leader +[1-9]`, report)
}

func TestReportAsJSON(t *testing.T) {
	_, report, _ := sim(t.Context(), still, "-seeds", "10", "-json")
	var s state
	require.NoError(t, json.Unmarshal([]byte(report), &s))
	require.Equal(t, 10, s.Stats.Runs)
	require.NotZero(t, s.Stats.Hash)
}

func TestASignalEndsTheProgramAtTheNextChunk(t *testing.T) {
	path := statePath(t)
	cmd := exec.Command(os.Args[0], "-seeds", "100000000", "-state", path)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	var report bytes.Buffer
	cmd.Stdout = &report
	require.NoError(t, cmd.Start())
	begun := func() bool {
		s, err := load(path)
		return err == nil && s != nil && s.Next > s.First
	}
	require.Eventually(t, begun, time.Minute, 10*time.Millisecond)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.Error(t, cmd.Wait())
	require.Equal(t, exitInterrupted, cmd.ProcessState.ExitCode())
	s, err := load(path)
	require.NoError(t, err)
	require.Equal(t, uint64(s.Stats.Runs), s.Next-s.First) //nolint:gosec // not negative
	require.Contains(t, report.String(), "violations    0")
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, left, 1, "nothing else is left behind")
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(data)
}
