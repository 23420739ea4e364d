package guard

import (
	"bufio"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestASessionIsSwept shows that what a guardian started is found by its session: in groups of their own, and whose parents
// have ended.
func TestASessionIsSwept(t *testing.T) {
	lines := "set -m; sleep 60 & echo $!; (sleep 60 & echo $!) & wait $!; echo $$; trap '' TERM; while :; do sleep 60; done"
	cmd := exec.Command("/bin/sh", "-c", lines) //nolint:noctx // it is killed below
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var pids []int
	for read := bufio.NewScanner(out); len(pids) < 3 && read.Scan(); {
		pid, err := strconv.Atoi(strings.TrimSpace(read.Text()))
		require.NoError(t, err)
		pids = append(pids, pid)
	}
	require.Len(t, pids, 3)
	require.GreaterOrEqual(t, sweepSession(cmd.Process.Pid), 3)
	require.Error(t, cmd.Wait(), "it is killed")
	require.Eventually(t, func() bool { return sweepSession(cmd.Process.Pid) == 0 }, time.Minute, time.Millisecond)
	all, err := processes()
	require.NoError(t, err)
	for _, p := range all {
		require.False(t, p.lives() && p.session == cmd.Process.Pid)
	}
	require.NotEmpty(t, all, "others live")
}
