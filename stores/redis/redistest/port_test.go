package redistest

import (
	"fmt"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A port that another server took in the last moment is told from one that is ours, although a server answers there.
func TestAPortThatIsTakenIsNoticed(t *testing.T) {
	for name, opts := range map[string][]Option{"open": nil, "with a password": {Config("requirepass", "secret")}} {
		t.Run(name, func(t *testing.T) {
			first := Start(t, opts...)
			second := &Server{t: t, port: first.port, set: settings{login: login{password: "secret"}}}
			second.proc = newProcess(t, []string{"bind " + loopback, fmt.Sprint("port ", first.port)})
			require.ErrorIs(t, second.run(), errPortTaken)
			require.NoError(t, first.probe())
		})
	}
}

func TestAFreePortIsNotGivenTwice(t *testing.T) {
	port, err := freePort(t)
	require.NoError(t, err)
	for _, each := range []int{port, port + busOffset} {
		if runtime.GOOS == "linux" {
			_, err = reserve(each)
			require.Error(t, err)
		}
		l, err := net.Listen("tcp4", address(each))
		require.NoError(t, err, "a server can listen on it")
		_, err = reserve(each)
		require.Error(t, err)
		require.NoError(t, l.Close())
	}
}

func TestThePortOfAServerThatIsDownStaysIts(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("ports are only reserved on Linux")
	}
	server := Start(t)
	server.Kill()
	_, err := reserve(server.port)
	require.Error(t, err)
	_, err = net.Dial("tcp4", server.Addr())
	require.Error(t, err, "nobody listens")
	server.Restart(false)
}

func TestPortsAreFreeAfterTheTest(t *testing.T) {
	var server *Server
	t.Run("inner", func(t *testing.T) { server = Start(t) })
	require.Eventually(t, func() bool {
		release, err := reserve(server.port)
		if err == nil {
			release()
		}
		return err == nil
	}, patience, time.Millisecond)
}
