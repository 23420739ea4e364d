//go:build unix

package tlc_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc/tlctest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// What TLC 1.7.3 printed when it was made to end in each way, and how it exited. See testdata/model.
var recorded = map[string]string{
	"holds": "0", "invariant": "12", "action": "13", "invariant-at-start": "12", "property-at-start": "13",
	"stuttering": "13", "lasso": "13", "deadlock": "11",
	"evaluation": "75", "unknown-invariant": "151", "assumption": "10", "parse-error": "150", "out-of-memory": "3",
	"disk-full": "1",
}

// play makes TLC print the text and end in the way that is said, and returns what is made of that.
func play(t *testing.T, text, exit string) (tlc.Result, error) {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "run.stdout"), []byte(text), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "run.exit"), []byte(exit), 0o600))
	tools := tlctest.Fake(t, folder)
	return tools.Run(t.Context(), job("\\* run\n"))
}

func job(config string) tlc.Job {
	return tlc.Job{Name: "run", Modules: "testdata/model", Module: "Counter", Config: config}
}

func output(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "output", name+".stdout")) //nolint:gosec // a name from a table
	require.NoError(t, err)
	return string(text)
}

// TestWhatIsMadeOfEachEnd compares with golden files, which say it for people as well.
func TestWhatIsMadeOfEachEnd(t *testing.T) {
	for name, exit := range recorded {
		t.Run(name, func(t *testing.T) {
			result, err := play(t, output(t, name), exit)
			golden(t, name, told(result, err))
		})
	}
}

func told(r tlc.Result, err error) string {
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s, property %q (%s)\n", r.Verdict, r.Property, r.Kind)
	fmt.Fprintf(&b, "%d distinct states of %d, depth %d\n", r.Distinct, r.Generated, r.Depth)
	for _, state := range r.Trace {
		fmt.Fprintf(&b, "%d: %s (%s)\n", state.Number, state.Action, state.Location)
		for _, v := range state.Variables {
			fmt.Fprintf(&b, "    %s = %s\n", v.Name, v.Value)
		}
	}
	fmt.Fprintf(&b, "back to %d, stuttering %t\n", r.BackTo, r.Stuttering)
	for _, a := range r.Actions {
		fmt.Fprintf(&b, "action %s of %s (%s): taken %d, new %d\n", a.Name, a.Module, a.Location, a.Taken, a.Distinct)
	}
	for _, line := range r.Printed {
		fmt.Fprintf(&b, "printed %s\n", line)
	}
	return b.String()
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

// Exit code and message must say the same.
func TestADisagreementIsNoVerdict(t *testing.T) {
	for name, right := range recorded {
		for exit := -1; exit < 256; exit++ {
			result, err := tlc.Judge(output(t, name), exit)
			if strconv.Itoa(exit) == right && exit <= 13 && exit != 10 && exit != 1 && exit != 3 {
				require.NoError(t, err, name)
				continue
			}
			var failure *tlc.RunError
			require.ErrorAs(t, err, &failure, "%s with %d", name, exit)
			require.Equal(t, tlc.NoVerdict, result.Verdict)
		}
	}
}

func TestOutputThatEndsTooEarlyIsNoVerdict(t *testing.T) {
	for _, name := range []string{"holds", "invariant", "action", "lasso", "stuttering", "deadlock", "invariant-at-start"} {
		lines := strings.SplitAfter(strings.TrimSpace(output(t, name)), "\n")
		exit, err := strconv.Atoi(recorded[name])
		require.NoError(t, err)
		for kept := range lines {
			_, err := tlc.Judge(strings.Join(lines[:kept], ""), exit)
			var failure *tlc.RunError
			require.ErrorAs(t, err, &failure, "%s, %d of %d lines", name, kept, len(lines))
		}
	}
}

func TestASuccessIsBelievedOnlyIfAllSaysSo(t *testing.T) {
	text := output(t, "holds")
	const finished = "@!@!@STARTMSG 2186:0"
	for name, change := range map[string][2]string{
		"no message of success":    {"@!@!@STARTMSG 2193:0 @!@!@\n", "@!@!@STARTMSG 2194:0 @!@!@\n"},
		"states left on the queue": {", 0 states left on queue.\n@!@!@ENDMSG 2199", ", 3 states left on queue.\n@!@!@ENDMSG 2199"},
		"no counts":                {"151 states generated, 79", "many states generated, 79"},
		"no states":                {"151 states generated, 79 distinct", "151 states generated, 0 distinct"},
		"an error besides":         {finished, message(1000, "Something broke.") + finished},
		"a violation besides":      {finished, message(2110, "Invariant Small is violated.") + finished},
	} {
		t.Run(name, func(t *testing.T) { refuted(t, text, change, 0) })
	}
}

func TestAViolationIsBelievedOnlyIfAllSaysSo(t *testing.T) {
	text := output(t, "invariant")
	const finished = "@!@!@STARTMSG 2186:0"
	for name, change := range map[string][2]string{
		"an error besides": {finished, message(1000, "Something broke.") + finished},
		"no name":          {"Invariant Small is violated.", "Something is violated."},
		"no trace":         {": <", ": ["},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "no trace" {
				text = strings.ReplaceAll(text, change[0], change[1])
				change = [2]string{"", ""}
			}
			refuted(t, text, change, 12)
		})
	}
}

func message(code int, text string) string {
	return fmt.Sprintf("@!@!@STARTMSG %d:1 @!@!@\n%s\n@!@!@ENDMSG %d @!@!@\n", code, text, code)
}

// refuted checks that a changed output is no verdict.
func refuted(t *testing.T, text string, change [2]string, exit int) {
	t.Helper()
	if change[0] != "" {
		require.Equal(t, 1, strings.Count(text, change[0]), change[0])
	}
	_, err := tlc.Judge(strings.Replace(text, change[0], change[1], 1), exit)
	var failure *tlc.RunError
	require.ErrorAs(t, err, &failure)
}

func TestAKilledJavaIsNoVerdict(t *testing.T) {
	for _, name := range []string{"holds", "invariant"} {
		_, err := play(t, output(t, name), "kill")
		var failure *tlc.RunError
		require.ErrorAs(t, err, &failure)
		require.Contains(t, failure.Reason, "signal")
	}
}

// hanging starts a run that never ends by itself, and returns the id of the child that its Java has.
func hanging(t *testing.T, folder string) int {
	t.Helper()
	var child int
	require.Eventually(t, func() bool {
		text, err := os.ReadFile(filepath.Join(folder, "child.pid")) //nolint:gosec // a folder of the test
		child, _ = strconv.Atoi(string(text))
		return err == nil && child > 0
	}, time.Minute, 5*time.Millisecond)
	return child
}

func TestTheEndOfTheContextKillsAllOfIt(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "run.stdout"), []byte(output(t, "holds")), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "run.exit"), []byte("hang"), 0o600))
	tools := tlctest.Fake(t, folder)
	t.Setenv("TMPDIR", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := tools.Run(ctx, job("\\* run\n"))
		ended <- err
	}()
	child := hanging(t, folder)
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
	require.Eventually(t, func() bool { return gone(child) }, time.Minute, 5*time.Millisecond)
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	require.NoError(t, err)
	require.Empty(t, left, "what TLC wrote is removed")
}

// gone reports whether a process is no more, or has ended and waits to be collected.
func gone(pid int) bool {
	if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
		return true
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	return err == nil && strings.Contains(string(status), "State:\tZ")
}

func TestTooLittleTimeIsNoVerdict(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "run.stdout"), []byte(output(t, "holds")), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "run.exit"), []byte("hang"), 0o600))
	tools := tlctest.Fake(t, folder)
	slow := job("\\* run\n")
	slow.Timeout = 200 * time.Millisecond
	result, err := tools.Run(t.Context(), slow)
	require.ErrorIs(t, err, tlc.ErrUndecided)
	require.Equal(t, tlc.NoVerdict, result.Verdict)
}

func TestWrongJobs(t *testing.T) {
	tools := tlctest.Fake(t, t.TempDir())
	for name, change := range map[string]func(*tlc.Job){
		"no such module":       func(j *tlc.Job) { j.Module = "Nowhere" },
		"no such folder":       func(j *tlc.Job) { j.Modules = "testdata/nowhere" },
		"a file that is above": func(j *tlc.Job) { j.Replace = map[string][]byte{"../Counter.tla": nil} },
	} {
		t.Run(name, func(t *testing.T) {
			wrong := job("\\* run\n")
			change(&wrong)
			_, err := tools.Run(t.Context(), wrong)
			require.Error(t, err)
		})
	}
}

func TestAJavaThatIsNotThereIsAnError(t *testing.T) {
	_, err := tlc.Toolchain{Java: filepath.Join(t.TempDir(), "java"), Jar: "x.jar"}.Run(t.Context(), job(""))
	require.Error(t, err)
}
