package redistest_test

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores/redis/redistest"
)

// child is set for the process that the next test kills.
const child = "TENURE_REDISTEST_CHILD"

func TestServersDieWithAKilledTestProcess(t *testing.T) {
	redistest.Need(t)
	cmd := exec.Command(os.Args[0], "-test.run", "^TestThatIsKilled$")
	cmd.Env = append(os.Environ(), child+"=1", "TMPDIR="+t.TempDir())
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer func() { _ = cmd.Process.Kill() }()
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	addr := strings.TrimSpace(line)
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
		}
		return err != nil
	}, soon, time.Millisecond)
}

func TestThatIsKilled(t *testing.T) {
	if os.Getenv(child) == "" {
		t.Skip("is run by TestServersDieWithAKilledTestProcess")
	}
	_, err := os.Stdout.WriteString(redistest.Start(t).Addr() + "\n")
	require.NoError(t, err)
	<-within(t, soon).Done()
}
