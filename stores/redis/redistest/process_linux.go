package redistest

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
)

// dieWithParent makes the kernel kill the child when the test process ends in whatever way. To be exact, it does so when
// the thread that started the child ends; the Go runtime keeps its threads, except those that a goroutine locked and did
// not unlock.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// paused tells whether a process that was sent a SIGSTOP has stopped, which takes the kernel a moment. The state
// follows the name, which stands in parentheses.
func paused(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	after := stat[bytes.LastIndexByte(stat, ')')+1:]
	return bytes.HasPrefix(after, []byte(" T")) || bytes.HasPrefix(after, []byte(" Z"))
}
