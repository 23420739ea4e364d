//go:build linux || darwin

package guard

import (
	"errors"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Now reads the clock that all processes of this machine share. Where it cannot be read the answer is [Never], for which
// every instant has passed.
func Now() Instant {
	var t unix.Timespec
	if err := unix.ClockGettime(sharedClock, &t); err != nil {
		return Never
	}
	return Instant(t.Nano())
}

// Supported returns nil where children can be guarded, and otherwise an *[UnsupportedError].
func Supported() error {
	if Now() == Never {
		return &UnsupportedError{Why: "the clock that counts sleep cannot be read"}
	}
	return nil
}

// signalGroup sends to each process of a group; to one that is gone, nothing. A process that was stopped is continued, or it
// could not end.
func signalGroup(group int, sig syscall.Signal) {
	_ = syscall.Kill(-group, sig)
	if sig == syscall.SIGTERM || sig == syscall.SIGINT || sig == syscall.SIGQUIT {
		_ = syscall.Kill(-group, syscall.SIGCONT)
	}
}

// zombiePeriod is how often it is looked whether only zombies are left of a group that was killed.
const zombiePeriod = Instant(50 * time.Millisecond)

// processGroup is a child's. Its number is 0 until the child is started.
type processGroup struct {
	id     int
	looked Instant
}

// gone tells whether no process of the group is left. A process whose parent does not look at its end stays, as a zombie, and
// does nothing; where only such are left after SIGKILL, the group is gone.
func (g *processGroup) gone(now Instant, killed bool) bool {
	err := syscall.Kill(-g.id, 0)
	if err != nil || !killed || now < g.looked+zombiePeriod {
		return errors.Is(err, syscall.ESRCH)
	}
	g.looked = now
	return onlyZombies(g.id)
}

// reap looks at the end of every child of this process that has ended, without waiting.
func reap(ended func(pid int, status syscall.WaitStatus)) {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil || pid <= 0:
			return
		default:
			ended(pid, status)
		}
	}
}

// Reap looks at the ends of processes that this one has inherited. It must not be called while a child is guarded.
func Reap() { reap(func(int, syscall.WaitStatus) {}) }

// ended tells whether a child of this process has ended, and looks at its end.
func ended(pid int) bool {
	got, err := syscall.Wait4(pid, nil, syscall.WNOHANG, nil)
	return got == pid || errors.Is(err, syscall.ECHILD)
}

// bury waits for a child that is about to end, or has.
func bury(pid int) {
	for errors.Is(waitFor(pid), syscall.EINTR) {
	}
}

func waitFor(pid int) error {
	_, err := syscall.Wait4(pid, nil, 0, nil)
	return err
}
