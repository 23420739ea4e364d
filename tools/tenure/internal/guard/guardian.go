//go:build linux || darwin

package guard

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

// The descriptors of a guardian's pipes.
const (
	ordersFD  = 3
	reportsFD = 4
)

// How often the clock and the group are looked at where nothing wakes the process up: a machine that was resumed, or a group
// whose last process is nobody's child here.
const (
	clockPeriod = 50 * time.Millisecond
	groupPeriod = 5 * time.Millisecond
)

// Guardian is the whole life of a guardian, a process that [Start] has started: it starts the program at path with argv when
// it is asked to, and returns when no process of its group is left. It must be called by the main goroutine of a program
// that does nothing else.
func Guardian(path string, argv []string) error {
	runtime.LockOSThread() // the kernel watches the thread that starts the child
	for _, fd := range []int{ordersFD, reportsFD} {
		if _, err := syscall.Seek(fd, 0, io.SeekCurrent); !errors.Is(err, syscall.ESPIPE) {
			return errors.New("this is started by tenure run, with pipes; it is of no use by itself")
		}
		syscall.CloseOnExec(fd)
	}
	adopt()
	g := &guardian{path: path, argv: argv, reports: json.NewEncoder(os.NewFile(reportsFD, "reports"))}
	g.warden = newWarden(g)
	g.guard(listen[order](os.NewFile(ordersFD, "orders")))
	return nil
}

// guardian lends a warden its hands.
type guardian struct {
	warden  *warden
	path    string
	argv    []string
	group   processGroup
	reports *json.Encoder
	exited  bool
}

func (g *guardian) guard(orders <-chan order) {
	ended, asked := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	for _, sig := range []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP} {
		if !signal.Ignored(sig) { // or the child would not ignore it either
			signal.Notify(asked, sig)
		}
	}
	for w := g.warden; !w.over; {
		select {
		case o, open := <-orders:
			if open {
				w.obey(Now(), o)
			} else {
				orders = nil
				w.alone()
			}
		case <-asked:
			w.alone()
		case <-ended:
		case <-time.After(pause(w.wake(), g.exited)):
		}
		g.look()
	}
}

// pause is how long nothing needs to be looked at.
func pause(wake Instant, ending bool) time.Duration {
	most := clockPeriod
	if ending {
		most = groupPeriod
	}
	return min(max(wake.until(Now()), 0), most)
}

// look does what is due and sees who has ended.
func (g *guardian) look() {
	g.warden.tick(Now())
	reap(func(pid int, status syscall.WaitStatus) {
		if pid == g.group.id {
			g.exited = true
			g.warden.exited(status)
		}
	})
	if g.group.id != 0 && !g.warden.over && g.group.gone(Now(), g.warden.schedule.killed) {
		g.warden.gone()
	}
}

// fork implements hands.
func (g *guardian) fork() (int, syscall.Errno) {
	pid, err := syscall.ForkExec(g.path, g.argv, &syscall.ProcAttr{
		Env: os.Environ(), Files: []uintptr{0, 1, 2}, Sys: childAttributes(),
	})
	if err != nil {
		return 0, errnoOf(err)
	}
	g.group.id = pid
	return pid, 0
}

func errnoOf(err error) syscall.Errno {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return syscall.EIO
}

// signal implements hands.
func (g *guardian) signal(sig syscall.Signal) { signalGroup(g.group.id, sig) }

// report implements hands.
func (g *guardian) report(r report) { _ = g.reports.Encode(r) }

// listen reads messages until the pipe ends.
func listen[T any](pipe io.Reader) <-chan T {
	messages := make(chan T)
	go func() {
		defer close(messages)
		for from := json.NewDecoder(pipe); ; {
			var m T
			if err := from.Decode(&m); err != nil {
				return
			}
			messages <- m
		}
	}()
	return messages
}
