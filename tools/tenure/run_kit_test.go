//go:build linux

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/tools/tenure/internal/guard"
	"github.com/tenure-go/tenure/tools/tenure/internal/runner"
)

// worker is a kind of program that is run.
type worker string

const (
	// obedient ends when it is told.
	obedient worker = "obedient"
	// stubborn does not.
	stubborn worker = "stubborn"
	// forking ends when it is told, and has a child that does not.
	forking worker = "forking"
	// brief ends by itself, with exit code 3.
	brief worker = "brief"
	// leaving is brief, and leaves a process behind that has left its group and does not look at the end of its child there.
	leaving worker = "leaving"
	// left is that process.
	left worker = "left"
)

// programVariable makes the test's own binary one of these programs.
const programVariable = "TENURE_TEST_PROGRAM"

// actAs makes this process a program that is run, where it was started as one.
func actAs() {
	if kind := os.Getenv(programVariable); kind != "" && len(os.Args) == 2 {
		playProgram(worker(kind), os.Args[1])
	}
}

// playProgram writes its fence and the time into the file that its argument names, every 20 ms, as long as it lives.
func playProgram(kind worker, file string) {
	if kind == stubborn {
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT)
	}
	switch kind {
	case obedient, stubborn, forking, brief:
	case leaving:
		os.Setenv(programVariable, string(left))
		must(exec.Command("/proc/self/exe", file).Start())
		for text, _ := os.ReadFile(file); len(text) == 0; text, _ = os.ReadFile(file) {
			time.Sleep(time.Millisecond)
		}
		os.Exit(3)
	case left:
		must(exec.Command("/bin/true").Start())
		_, err := syscall.Setsid()
		must(err)
		must(os.WriteFile(file, []byte(strconv.Itoa(os.Getpid())), 0o600))
		time.Sleep(time.Minute)
		os.Exit(0)
	}
	if kind == forking {
		os.Setenv(programVariable, string(stubborn))
		must(exec.Command("/proc/self/exe", file).Start())
	}
	out, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	must(err)
	for i := 0; kind != brief || i < 3; i++ {
		fmt.Fprintf(out, "%s %d\n", os.Getenv(runner.EnvFence), guard.Now())
		time.Sleep(20 * time.Millisecond)
	}
	os.Exit(3)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// stamp is what a program wrote.
type stamp struct {
	fence uint64
	at    guard.Instant
}

// crew are three runs of one election, of a program that leaves stamps in one file.
type crew struct {
	t    *testing.T
	file string
	runs []*run
}

// run is one tenure run.
type run struct {
	t    *testing.T
	cmd  *exec.Cmd
	done chan struct{}
	err  bytes.Buffer
	mu   sync.Mutex
	// fences are those under which it led, newest last.
	fences []uint64
}

func newCrew(t *testing.T, addr string, kind worker, flags ...string) *crew {
	t.Helper()
	c := &crew{t: t, file: filepath.Join(t.TempDir(), "stamps")}
	require.NoError(t, os.WriteFile(c.file, nil, 0o600))
	for i := range 3 {
		args := append([]string{
			"run", "-election", "jobs", "-redis", "redis://" + addr, "-participant", fmt.Sprint("p", i),
		}, flags...)
		c.runs = append(c.runs, startRun(t, kind, append(args, "--", "/proc/self/exe", c.file)))
	}
	return c
}

// startRun starts the command with the arguments. The program /proc/self/exe stands for the test's own binary.
func startRun(t *testing.T, kind worker, args []string, with ...func(*exec.Cmd)) *run {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	for i, arg := range args {
		args[i] = strings.ReplaceAll(arg, "/proc/self/exe", self)
	}
	r := &run{t: t, done: make(chan struct{}), cmd: exec.Command(self, args...)} //nolint:gosec,noctx // it is this test
	r.cmd.Env = append(os.Environ(), asProgram+"=1", programVariable+"="+string(kind))
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	for _, change := range with {
		change(r.cmd)
	}
	stderr, err := r.cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, r.cmd.Start())
	go r.read(stderr)
	t.Cleanup(r.kill)
	return r
}

// read keeps what it says, until nobody holds its standard error any more.
func (r *run) read(stderr io.Reader) {
	defer close(r.done)
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		r.mu.Lock()
		r.err.WriteString(lines.Text() + "\n")
		if _, fence, leads := strings.Cut(lines.Text(), "leads under fence "); leads && !strings.Contains(lines.Text(), "waits") {
			n, _ := strconv.ParseUint(fence, 10, 64)
			r.fences = append(r.fences, n)
		}
		r.mu.Unlock()
	}
	_ = r.cmd.Wait()
}

func (r *run) said() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err.String()
}

// led returns the fences under which it led.
func (r *run) led() []uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.fences)
}

func (r *run) pid() int { return r.cmd.Process.Pid }

// guardian returns the process that guards the program, or 0.
func (r *run) guardian() int {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", r.pid()))
	for _, list := range lists {
		text, _ := os.ReadFile(list) //nolint:gosec // a path from the line above
		for field := range strings.FieldsSeq(string(text)) {
			line, _ := os.ReadFile("/proc/" + field + "/cmdline")
			if bytes.Contains(line, []byte("\x00"+guardVerb+"\x00")) {
				pid, _ := strconv.Atoi(field)
				return pid
			}
		}
	}
	return 0
}

// signal sends to the run's process group, in which the guardian is not.
func (r *run) signal(sig syscall.Signal) { require.NoError(r.t, syscall.Kill(-r.pid(), sig)) }

// end waits for its end and returns its exit code.
func (r *run) end() int {
	r.t.Helper()
	select {
	case <-r.done:
	case <-time.After(time.Minute):
		require.Fail(r.t, "it does not end", r.said())
	}
	return r.cmd.ProcessState.ExitCode()
}

// kill ends whatever is left of it: told twice, it kills its program.
func (r *run) kill() {
	_ = syscall.Kill(-r.pid(), syscall.SIGCONT)
	for range 2 {
		_ = syscall.Kill(-r.pid(), syscall.SIGTERM)
		select {
		case <-r.done:
		case <-time.After(5 * time.Second):
		}
	}
	select {
	case <-r.done:
	default:
		r.t.Error("it did not end:", r.said())
		_ = syscall.Kill(-r.pid(), syscall.SIGKILL)
	}
	if strings.Contains(r.said(), "DATA RACE") {
		r.t.Error("a data race")
	}
	if r.t.Failed() {
		r.t.Logf("%v said:\n%s", r.cmd.Args[1:], r.said())
	}
}

// stamps reads the file.
func (c *crew) stamps() []stamp {
	text, err := os.ReadFile(c.file)
	require.NoError(c.t, err)
	var all []stamp
	for line := range strings.Lines(string(text)) {
		var s stamp
		if n, _ := fmt.Sscanf(line, "%d %d\n", &s.fence, &s.at); n == 2 {
			all = append(all, s)
		}
	}
	return all
}

// last returns the newest fence in the file, or 0.
func (c *crew) last() uint64 {
	var last uint64
	for _, s := range c.stamps() {
		last = max(last, s.fence)
	}
	return last
}

// await waits until it holds.
func (c *crew) await(what string, holds func() bool) {
	c.t.Helper()
	require.Eventually(c.t, holds, time.Minute, 5*time.Millisecond, what)
}

// after waits for stamps of a fence above the one given, and returns it.
func (c *crew) after(fence uint64) uint64 {
	c.t.Helper()
	c.await(fmt.Sprintf("somebody leads after fence %d", fence), func() bool { return c.last() > fence })
	return c.last()
}

// leader returns the run that leads under the fence.
func (c *crew) leader(fence uint64) *run {
	c.t.Helper()
	var found *run
	c.await("who leads", func() bool {
		for _, r := range c.runs {
			if slices.Contains(r.led(), fence) {
				found = r
			}
		}
		return found != nil
	})
	return found
}

// inOrder holds the stamps against each other: the last one of each fence is before the first one of the next. It returns
// how long nobody left stamps between two fences, the longest.
func (c *crew) inOrder() time.Duration {
	c.t.Helper()
	var gap time.Duration
	var before, last stamp // the newest of the fence before, and of this one
	for _, s := range c.stamps() {
		require.GreaterOrEqual(c.t, s.fence, last.fence, "a program of an older fence still ran: %v after %v", s, last)
		if s.fence > last.fence {
			before = last
			if before.fence != 0 {
				gap = max(gap, time.Duration(s.at-before.at))
			}
		}
		require.Greater(c.t, s.at, before.at, "%v was before the end of %v", s, before)
		last = stamp{s.fence, max(last.at, s.at)}
	}
	return gap
}
