//go:build unix

package tlc

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// ownGroup makes the process, and all that it starts, end together when its context does. An interrupt from the
// terminal does not reach it: whoever started it decides.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
}

// signalOf names the signal that ended a process, or is empty.
func signalOf(exit *exec.ExitError) string {
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return status.Signal().String()
	}
	return ""
}
