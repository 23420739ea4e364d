package redistest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// noSkip names the variable that turns a missing redis-server from a reason to skip into a failure, for the machine
// that is there to run these tests.
const noSkip = "TENURE_NO_SKIP"

// Need returns the path of redis-server. Without one on the PATH it skips the test or, if the environment has
// TENURE_NO_SKIP=1, fails it. All that starts a server here calls it.
func Need(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err == nil {
		return path
	}
	const missing = "redistest: this test needs redis-server on the PATH; install Redis (Debian, Ubuntu: apt install " +
		"redis-server; macOS: brew install redis)"
	if os.Getenv(noSkip) == "1" {
		t.Fatal(missing, err)
	}
	t.Skip(missing)
	return ""
}

// process is a redis-server in its own directory: redis.conf, its log, and data, which is all that it writes.
type process struct {
	t    testing.TB
	path string // of redis-server
	args []string
	dir  string

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{} // closed once the process is no more
}

func newProcess(t testing.TB, conf []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, path: Need(t), dir: t.TempDir(), args: args}
	if err := os.Mkdir(p.data(), 0o700); err != nil {
		t.Fatal("redistest:", err)
	}
	text := strings.Join(append(conf, fmt.Sprintf("dir %q", p.data())), "\n") + "\n"
	if err := os.WriteFile(p.conf(), []byte(text), 0o600); err != nil {
		t.Fatal("redistest:", err)
	}
	return p
}

func (p *process) conf() string { return filepath.Join(p.dir, "redis.conf") }
func (p *process) data() string { return filepath.Join(p.dir, "data") }
func (p *process) log() string  { return filepath.Join(p.dir, "redis.log") }

// start runs the process, which is not ready yet when this returns.
func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	log, err := os.OpenFile(p.log(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("redistest: %w", err)
	}
	defer log.Close()
	cmd := exec.Command(p.path, append([]string{p.conf()}, p.args...)...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, p.dir
	cmd.SysProcAttr = dieWithParent()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("redistest: %w", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		cmd.Wait() //nolint:errcheck // how it ended stands in its log
	}()
	p.cmd, p.done = cmd, done
	return nil
}

// running tells whether the process is there, paused or not.
func (p *process) running() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return false
	}
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// signal is nothing for a process that has ended.
func (p *process) signal(sig os.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		p.cmd.Process.Signal(sig) //nolint:errcheck // it has ended, and whoever waits sees that
	}
}

// pid is that of the process, also when it has ended.
func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd.Process.Pid
}

// ended waits until the process is no more, at most for d.
func (p *process) ended(d time.Duration) bool {
	p.mu.Lock()
	done := p.done
	p.mu.Unlock()
	if done == nil {
		return true
	}
	late := time.NewTimer(d)
	defer late.Stop()
	select {
	case <-done:
		return true
	case <-late.C:
		return false
	}
}

func (p *process) kill() {
	p.signal(os.Kill)
	if !p.ended(patience) {
		p.t.Errorf("redistest: a killed redis-server does not end, see %s", p.dir)
	}
}

// stop ends the process gracefully if it ends within the bound, and kills it otherwise. It goes on first if it
// was paused, or it would not see the signal.
func (p *process) stop(bound time.Duration) (graceful bool) {
	p.signal(syscall.SIGTERM)
	p.signal(signalResume)
	if p.ended(bound) {
		return true
	}
	p.kill()
	return false
}

// logged is the end of the log.
func (p *process) logged() string {
	const most = 16 << 10
	text, err := os.ReadFile(p.log())
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-most):])
}
