//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores/redis/redistest"
)

// shell starts a run of a line of shell, which writes into the file that is returned.
func shell(t *testing.T, server *redistest.Server, line string, flags ...string) (*run, func() string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "out")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	args := append([]string{"run", "-election", "jobs", "-redis", "redis://" + server.Addr()}, flags...)
	r := startRun(t, "", append(args, "--", "/bin/sh", "-c", "exec >>'"+file+"'\n"+line))
	return r, func() string {
		text, err := os.ReadFile(file) //nolint:gosec // the test's own
		require.NoError(t, err)
		return string(text)
	}
}

// says waits until the program has written the text.
func says(t *testing.T, out func() string, text string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(out(), text) }, time.Minute, 5*time.Millisecond, text)
}

func TestRunOnceKeepsTheExitCode(t *testing.T) {
	server := redistest.Start(t)
	for line, code := range map[string]int{
		"exit 0": 0, "exit 7": 7, "kill -9 $$": 128 + 9, "kill -15 $$": 128 + 15,
		"sleep 60 & exit 4": 4, // what is left of the group is ended
	} {
		t.Run(line, func(t *testing.T) {
			r, _ := shell(t, server, line, "-once")
			require.Equal(t, code, r.end(), r.said())
			require.NotContains(t, r.said(), "guardian")
		})
	}
}

func TestRunTellsTheProgramWhatItHolds(t *testing.T) {
	server := redistest.Start(t)
	t.Setenv("TENURE_REDIS", "redis://:secret@"+server.Addr()) // the flag wins
	t.Setenv("TENURE_HELD_FENCE", "1")                         // of a run around this one
	r, out := shell(t, server, "env | grep -E 'TENURE_(HELD|REDIS)' | sort", "-once", "-participant", "me")
	require.Zero(t, r.end(), r.said())
	require.Regexp(t, `^TENURE_HELD_ELECTION=jobs\nTENURE_HELD_FENCE=\d{16}\nTENURE_HELD_PARTICIPANT=me\n$`, out())
}

func TestRunOnceLosesTheLeadership(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	r, out := shell(t, server, "echo $TENURE_HELD_FENCE.; sleep 60", "-once")
	says(t, out, ".")
	require.Eventually(t, func() bool { return len(r.led()) > 0 }, time.Minute, time.Millisecond)
	revoke(t, server.Addr(), r.led()[0])
	require.Equal(t, exitLost, r.end(), r.said())
}

// The lease would last for ten minutes more, and the program ignores SIGTERM: a loss that the store has stated is SIGKILL at
// once, also where the program was told before.
func TestRunKillsWhenTheLeaseIsLost(t *testing.T) {
	t.Parallel()
	long := []string{"-once", "-lease", "10m", "-drain", "10m"}
	for _, told := range []bool{false, true} {
		t.Run(fmt.Sprint("told ", told), func(t *testing.T) {
			server := redistest.Start(t)
			r, out := shell(t, server, "trap 'echo told' TERM\necho ready; while :; do sleep 0.01; done", long...)
			says(t, out, "ready")
			if told {
				r.signal(syscall.SIGTERM)
				says(t, out, "told")
			}
			require.NoError(t, server.Client(t).FlushAll(t.Context()).Err())
			code := r.end()
			require.Contains(t, r.said(), "signal 9")
			if told {
				require.Equal(t, 128+9, code, r.said())
			} else {
				require.Equal(t, exitLost, code, r.said())
			}
		})
	}
}

// A program that ends well when it is told, since its guardian died, has not done what it was to do.
func TestRunOnceIsNotFooledByAProgramThatWasTold(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	r, out := shell(t, server, "trap 'exit 0' TERM\necho ready; while :; do sleep 0.01; done", "-once")
	says(t, out, "ready")
	require.NoError(t, syscall.Kill(r.guardian(), syscall.SIGKILL))
	require.Equal(t, exitLost, r.end(), r.said())
	require.Contains(t, r.said(), "exit code 0", "the owner has become its parent")
}

// The kernel tells a program whose guardian dies while tenure is stopped.
func TestRunWhereNobodyIsLeft(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	r, out := shell(t, server, "trap 'echo told; exit 0' TERM\necho ready; while :; do sleep 0.01; done", "-lease", "10m")
	says(t, out, "ready")
	guardian := r.guardian()
	r.signal(syscall.SIGSTOP)
	require.NoError(t, syscall.Kill(guardian, syscall.SIGKILL))
	says(t, out, "told")
	r.signal(syscall.SIGCONT)
}

// A program that was stopped can end all the same.
func TestRunEndsAProgramThatIsStopped(t *testing.T) {
	server := redistest.Start(t)
	r, out := shell(t, server, "trap 'exit 5' TERM\necho ready; kill -STOP $$; while :; do sleep 0.01; done", "-lease", "10m", "-drain", "10m")
	says(t, out, "ready")
	r.signal(syscall.SIGTERM)
	require.Equal(t, 5, r.end(), r.said())
}

// A zombie whose parent has left the group keeps the group's number in use, and does nothing.
func TestRunIsNotHeldUpByZombies(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	file := filepath.Join(t.TempDir(), "pid")
	r := startRun(t, leaving, []string{
		"run", "-election", "jobs", "-redis", "redis://" + server.Addr(), "-once", "--", "/proc/self/exe", file,
	})
	require.Equal(t, 3, r.end(), r.said())
	pid, err := os.ReadFile(file) //nolint:gosec // the test's own
	require.NoError(t, err)
	left, err := strconv.Atoi(string(pid))
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(left, syscall.SIGKILL), "what has left the group lives")
}

// The next tenure begins -retry after the end of the program, also where the last try was longer ago. A fence is not less than
// the server's clock in microseconds, which is this machine's.
func TestRunWaitsAfterAProgramThatEnds(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	r, out := shell(t, server, "sleep 2; date +%s%6N.", "-lease", "30s", "-renewal", "5s", "-retry", "1s", "-timeout", "5s")
	says(t, out, ".")
	ended, _, _ := strings.Cut(out(), ".")
	instant, err := strconv.ParseUint(ended, 10, 64)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(r.led()) > 1 }, time.Minute, 5*time.Millisecond)
	require.GreaterOrEqual(t, r.led()[1]-instant, uint64(time.Second.Microseconds()))
}

func TestRunPassesSignalsOn(t *testing.T) {
	server := redistest.Start(t)
	r, out := shell(t, server, "trap 'echo hup' HUP; trap 'echo usr' USR1; trap 'exit 9' INT\necho ready; while :; do sleep 0.01; done")
	says(t, out, "ready")
	r.signal(syscall.SIGHUP)
	says(t, out, "hup")
	r.signal(syscall.SIGUSR1)
	says(t, out, "usr")
	r.signal(syscall.SIGINT)
	require.Equal(t, 9, r.end(), r.said())
}

func TestRunEndsWithItsTerminal(t *testing.T) {
	server := redistest.Start(t)
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	require.NoError(t, err)
	defer func() { require.NoError(t, terminal.Close()) }()
	r := startRun(t, "", []string{
		"run", "-election", "jobs", "-redis", "redis://" + server.Addr(), "--", "/bin/sh", "-c", "trap 'exit 4' HUP; while :; do sleep 0.01; done",
	}, func(cmd *exec.Cmd) { cmd.Stdin = terminal })
	require.Eventually(t, func() bool { return len(r.led()) > 0 && r.guardian() != 0 }, time.Minute, time.Millisecond)
	r.signal(syscall.SIGHUP)
	require.Contains(t, []int{4, 128 + 1}, r.end(), r.said()) // it may come before the trap
}

// What tenure was started with the wish to ignore, as by nohup, the program ignores too, and is not sent.
func TestRunKeepsWhatIsIgnored(t *testing.T) {
	server := redistest.Start(t)
	signal.Ignore(syscall.SIGHUP, syscall.SIGINT)
	t.Cleanup(func() { signal.Reset(syscall.SIGHUP, syscall.SIGINT) })
	r, out := shell(t, server, "grep SigIgn /proc/self/status; trap 'echo usr' USR1; while :; do sleep 0.01; done")
	says(t, out, "SigIgn")
	_, digits, _ := strings.Cut(strings.TrimSpace(out()), ":")
	mask, err := strconv.ParseUint(strings.TrimSpace(digits), 16, 64)
	require.NoError(t, err)
	bit := func(sig syscall.Signal) uint64 { return 1 << (sig - 1) }
	require.Equal(t, bit(syscall.SIGHUP)|bit(syscall.SIGINT),
		mask&(bit(syscall.SIGHUP)|bit(syscall.SIGINT)|bit(syscall.SIGPIPE)|bit(syscall.SIGCHLD)))
	r.signal(syscall.SIGHUP)
	r.signal(syscall.SIGINT)
	r.signal(syscall.SIGUSR1)
	says(t, out, "usr")
	r.signal(syscall.SIGTERM)
	require.Equal(t, 128+15, r.end(), r.said())
}

// A reader of its lines that goes away ends neither it nor the program.
func TestRunIsNotReadAnyMore(t *testing.T) {
	server := redistest.Start(t)
	self, err := os.Executable()
	require.NoError(t, err)
	read, write, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, read.Close())
	cmd := exec.Command(self, "run", "-election", "jobs", "-redis", "redis://"+server.Addr(), "-once", //nolint:gosec,noctx // this test
		"--", "/bin/sh", "-c", "exit 7")
	cmd.Env = append(os.Environ(), asProgram+"=1")
	cmd.Stdout, cmd.Stderr = write, write
	require.Error(t, cmd.Run())
	require.NoError(t, write.Close())
	require.Equal(t, 7, cmd.ProcessState.ExitCode())
}

func TestRunKillsWhenToldTwice(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	r, out := shell(t, server, "trap 'echo told' TERM\necho ready; while :; do sleep 0.01; done", "-drain", "10m")
	says(t, out, "ready")
	r.signal(syscall.SIGTERM)
	says(t, out, "told")
	r.signal(syscall.SIGTERM)
	require.Equal(t, 128+9, r.end(), r.said())
}

// A program that takes longer to end than its lease lasts is protected by renewals.
func TestRunRenewsWhileTheProgramWindsUp(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	r, out := shell(t, server, "trap 'sleep 3; echo done; exit 6' TERM\necho ready; while :; do sleep 0.01; done", "-drain", "30s")
	says(t, out, "ready")
	r.signal(syscall.SIGTERM)
	require.Equal(t, 6, r.end(), r.said())
	require.Contains(t, out(), "done")
}

// A program that does not end when told is killed in time for the lease to be released.
func TestRunKillsAtTheDrainLimit(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	r, out := shell(t, server, "trap 'echo told' TERM\necho ready; while :; do sleep 0.01; done", "-drain", "3s")
	says(t, out, "ready")
	r.signal(syscall.SIGTERM)
	require.Equal(t, 128+9, r.end(), r.said())
	require.Contains(t, out(), "told")
	require.NotContains(t, r.said(), "not released")
}

func TestRunIsStoppedWhileItWaits(t *testing.T) {
	server := redistest.Start(t)
	_, out := shell(t, server, "echo ready; sleep 60")
	says(t, out, "ready")
	for _, c := range []struct {
		flags []string
		code  int
	}{{nil, exitOK}, {[]string{"-once"}, exitSignal + 15}, {[]string{"-wait", "10m"}, exitOK}} {
		r, _ := shell(t, server, "echo never", c.flags...)
		require.Eventually(t, func() bool { return strings.Contains(r.said(), "waits: ") }, time.Minute, time.Millisecond)
		r.signal(syscall.SIGTERM)
		require.Equal(t, c.code, r.end(), r.said())
	}
}

// The store's options are those of the flags, which the environment gives too.
func TestRunUsesItsStoreOptions(t *testing.T) {
	server := redistest.Start(t)
	t.Setenv("TENURE_PREFIX", "other")
	t.Setenv("TENURE_SETTLE", "1s")
	r, out := shell(t, server, "echo ready", "-once")
	require.Zero(t, r.end(), r.said())
	require.Contains(t, out(), "ready")
	require.Equal(t, 1, strings.Count(r.said(), "nothing is granted for another"), "told once: %s", r.said())
	require.NotContains(t, r.said(), "cannot be reached")
	keys, err := server.Client(t).Keys(t.Context(), "*").Result()
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"other:{jobs}:fence", "other:{jobs}:mark"}, keys)

	r, out = shell(t, server, "echo never", "-once", "-settle", "0", "-prefix", "third", "-replicas", "1", "-wait", "500ms")
	require.Equal(t, exitLost, r.end(), r.said())
	require.Empty(t, out())
	require.Contains(t, r.said(), "replica")
}

func TestRunGivesUp(t *testing.T) {
	server := redistest.Start(t)
	_, out := shell(t, server, "echo ready; sleep 60")
	says(t, out, "ready")
	r, never := shell(t, server, "echo never", "-once", "-wait", "100ms")
	require.Equal(t, exitLost, r.end(), r.said())
	require.Empty(t, never())
	require.Contains(t, r.said(), "gives up")
}

func TestRunWaitsNoMoreOnceItHasLed(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	r, out := shell(t, server, "sleep 4; echo done", "-once", "-wait", "3s") // enough to begin also on a machine that is busy
	require.Zero(t, r.end(), r.said())
	require.Contains(t, out(), "done")
}

func TestRunWaitsForAServerThatIsDown(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.Kill()
	r, out := shell(t, server, "echo ready", "-once")
	require.Eventually(t, func() bool { return strings.Contains(r.said(), "it is asked again") }, time.Minute, time.Millisecond)
	server.Restart(false)
	require.Zero(t, r.end(), r.said())
	require.Contains(t, r.said(), "the store answers again")
	require.Contains(t, out(), "ready")
}

// The store's password is seen by nobody: not in what is said, not in a process's title, not by the program.
func TestRunKeepsThePassword(t *testing.T) {
	f := newField(t)
	r := startRun(t, "", []string{"run", "-election", "jobs", "-redis", f.url, "--", "/bin/sh", "-c", "env; echo ready >&2; sleep 60"})
	require.Eventually(t, func() bool { return strings.Contains(r.said(), "ready") }, time.Minute, 5*time.Millisecond, r.said())
	for _, process := range []int{r.pid(), r.guardian()} {
		title, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", process))
		require.NoError(t, err)
		require.NotContains(t, string(title), secret)
	}
	environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", r.guardian()))
	require.NoError(t, err)
	require.NotContains(t, string(environment), secret, "the guardian's is the program's")
	r.signal(syscall.SIGTERM)
	require.Equal(t, 128+15, r.end(), r.said())
	require.NotContains(t, r.said(), secret)
}

func TestRunIsNotLetIn(t *testing.T) {
	f := newField(t, redistest.Config("user", "app on >"+secret+" ~* &* +@all -evalsha -eval"))
	for name, url := range map[string]string{
		"no login":       "redis://" + f.Addr(),
		"wrong password": "redis://:not" + secret + "@" + f.Addr(),
		"no permission":  "redis://app:" + secret + "@" + f.Addr(),
	} {
		t.Run(name, func(t *testing.T) {
			r := startRun(t, "", []string{"run", "-election", "jobs", "-redis", url, "--", "/bin/true"})
			require.Equal(t, exitStore, r.end(), r.said())
			require.Equal(t, 1, strings.Count(r.said(), "\n"), r.said())
			require.NotContains(t, r.said(), secret)
		})
	}
}

func TestRunIsCalledWrongly(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	require.NoError(t, os.WriteFile(plain, []byte("no program"), 0o600))
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"nothing":        {[]string{"run"}, exitUsage, "-election is missing"},
		"no program":     {[]string{"run", "-election", "e"}, exitUsage, "which program? It stands after --"},
		"empty":          {[]string{"run", "-election", "e", "--"}, exitUsage, "which program? It stands after --"},
		"not there":      {[]string{"run", "-election", "e", "--", dir + "/no"}, exitNotFound, "no such file"},
		"not on path":    {[]string{"run", "-election", "e", "--", "no-such-program"}, exitNotFound, "not found in $PATH"},
		"not executable": {[]string{"run", "-election", "e", "--", plain}, exitNotRunnable, "permission denied"},
		"no separator":   {[]string{"run", "-election", "e", "ls"}, exitUsage, "a command stands after --"},
		"timings": {
			[]string{"run", "-election", "e", "-lease", "1s", "-grace", "900ms", "--", "ls"}, exitUsage, `invalid Lease: "1s"`,
		},
		"bad duration": {[]string{"run", "-election", "e", "-drain", "soon", "--", "ls"}, exitUsage, "want a time above 0"},
		"bad name":     {[]string{"run", "-election", "a\nb", "--", "ls"}, exitUsage, "-election"},
		"a guardian":   {[]string{"guard", "--", "/bin/ls", "ls"}, exitFailed, "of no use by itself"},
	} {
		t.Run(name, func(t *testing.T) {
			r := startRun(t, "", c.args)
			require.Equal(t, c.code, r.end(), r.said())
			require.Equal(t, 1, strings.Count(r.said(), "\n"), "one line says what is wrong: %s", r.said())
			require.Contains(t, r.said(), c.says)
		})
	}
}
