//go:build linux || darwin

package guard

import (
	"errors"
	"syscall"

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

// alive tells whether a process of the group is left, also one whose end nobody has looked at.
func alive(group int) bool { return !errors.Is(syscall.Kill(-group, 0), syscall.ESRCH) }

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

// bury waits for a child that is about to end, or has.
func bury(pid int) {
	for errors.Is(waitFor(pid), syscall.EINTR) {
	}
}

func waitFor(pid int) error {
	_, err := syscall.Wait4(pid, nil, 0, nil)
	return err
}
