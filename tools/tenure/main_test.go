package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "write the golden files")

// asProgram makes the test's binary the program itself.
const asProgram = "BE_TENURE"

func TestMain(m *testing.M) {
	actAs()
	if os.Getenv(asProgram) != "" {
		main()
	}
	// Started with signals ignored, as by nohup, the tests would hand that on to what they run.
	for _, s := range []os.Signal{syscall.SIGHUP, os.Interrupt} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
	// The tests wait for other processes more than they work, so more of them run at once than there are cores.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

func TestWhatItSaysAboutItself(t *testing.T) {
	for name, args := range map[string][]string{
		"no-verb":             {},
		"help":                {"help"},
		"help-flag":           {"--help"},
		"help-demo":           {"help", "demo"},
		"help-two":            {"help", "demo", "help"},
		"help-unknown":        {"help", "dem"},
		"unknown-verb":        {"dmeo"},
		"far-verb":            {"elephant"},
		"run-h":               {"run", "-h"},
		"demo-h":              {"demo", "-h"},
		"demo-unknown-flag":   {"demo", "-leas", "1s"},
		"demo-argument":       {"demo", "now"},
		"demo-bad-duration":   {"demo", "-lease", "soon"},
		"demo-zero-duration":  {"demo", "-lease", "0s"},
		"demo-bad-number":     {"demo", "-rounds", "many"},
		"demo-one":            {"demo", "-participants", "1"},
		"demo-bad-seed":       {"demo", "-seed", "-1"},
		"demo-lease-short":    {"demo", "-lease", "20ms"},
		"demo-lease-fraction": {"demo", "-lease", "1000100us"},
		"demo-lease-long":     {"demo", "-lease", "10000h"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := program().Main(args, &stdout, &stderr)
			golden(t, name, fmt.Sprintf("$ tenure %s\n-- exit code\n%d\n-- stdout\n%s-- stderr\n%s",
				strings.Join(args, " "), code, &stdout, &stderr))
			if code != exitOK {
				require.Equal(t, exitUsage, code)
				require.Empty(t, stdout.String())
				require.Equal(t, 1, strings.Count(stderr.String(), "\n"), "one line says what is wrong")
			}
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path) //nolint:gosec // a name from the table above
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// TestDemo plays a real election in real time.
func TestDemo(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := program().Main([]string{"demo", "-lease", "300ms", "-rounds", "1", "-seed", "3"}, &stdout, &stderr)
	require.Equal(t, exitOK, code, stdout.String()+stderr.String())
	require.Empty(t, stderr.String())

	out := stdout.String()
	line := regexp.MustCompile(`(?m)^ *[\d.]+ ms  p\d+ +(#\d+)? +\S.*$`)
	require.Greater(t, len(line.FindAllString(out, -1)), 15, out)
	term := regexp.MustCompile(`(?m)^ +#\d+  p\d+ +\d{16} +[\d.]+ ms +[\d.]+ ms +\d+  \S.*$`)
	require.GreaterOrEqual(t, len(term.FindAllString(out, -1)), 6, "five strikes make six terms:\n%s", out)
	row := regexp.MustCompile(`(?m)^  p\d+ +[#.zx\- ]{72}$`)
	require.GreaterOrEqual(t, len(row.FindAllString(out, -1)), 4, "three participants and one who came for the dead:\n%s", out)
	for _, want := range []string{
		"KILLED", "PAUSED\n", "PAUSED between its check and its write", "CUT OFF", "stops cleanly",
		"its first look says: not leading, its deadline passed", "its late write is refused", "HELD: at most one led",
	} {
		require.Contains(t, out, want)
	}
	require.NotContains(t, out, "\x1b", "colour is for terminals")
}

func TestDemoAsJSON(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := program().Main([]string{"demo", "-lease", "300ms", "-rounds", "1", "-participants", "2", "-json"}, &stdout, &stderr)
	require.Equal(t, exitOK, code, stdout.String()+stderr.String())

	count := map[string]int{}
	var last map[string]any
	decoder := json.NewDecoder(&stdout)
	for {
		var object map[string]any
		err := decoder.Decode(&object)
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		count[object["type"].(string)]++
		last = object
	}
	require.Equal(t, 1, count["run"])
	require.Greater(t, count["event"], 15)
	require.GreaterOrEqual(t, count["term"], 6)
	require.GreaterOrEqual(t, count["gap"], 5)
	require.Equal(t, "verdict", last["type"])
	require.Equal(t, "held", last["verdict"])
	require.Empty(t, last["broken"])
}

// canceller ends the context as soon as a text is printed.
type canceller struct {
	bytes.Buffer
	at     string
	cancel context.CancelFunc
}

func (c *canceller) Write(p []byte) (int, error) {
	if strings.Contains(string(p), c.at) {
		c.cancel()
	}
	return c.Buffer.Write(p)
}

func TestInterruptedDemo(t *testing.T) {
	for _, at := range []string{"leads, fence", "PAUSED\n", "PAUSED between", "KILLED", "CUT OFF", "stops"} {
		t.Run(strings.TrimSpace(at), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			stdout, stderr := &canceller{at: at, cancel: cancel}, &bytes.Buffer{}
			code := program().Run(ctx, []string{"demo", "-lease", "300ms", "-rounds", "1"}, stdout, stderr)
			require.Equal(t, exitFailed, code, stdout.String()+stderr.String())
			require.Equal(t, "tenure demo: interrupted\n", stderr.String())
			require.Contains(t, stdout.String(), "NO VERDICT: interrupted")
		})
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestDemoThatCannotPrint(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var stderr bytes.Buffer
	require.Equal(t, exitFailed, program().Run(ctx, []string{"demo"}, full{}, &stderr))
	require.Equal(t, "tenure demo: cannot print: short write\n", stderr.String())
}
