package redistest_test

import (
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores/redis/redistest"
)

func TestACutLosesWhatGoesThatWay(t *testing.T) {
	for name, c := range map[string]struct {
		way  redistest.Direction
		done string
	}{
		"to the server": {redistest.ToServer, ""},
		"to the client": {redistest.ToClient, "1"},
		"both ways":     {redistest.BothWays, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 3)
			open, idle := dial(t, b.proxy), dial(t, b.proxy)
			for _, conn := range []wire{open, idle} {
				conn.send("PING\r\n")
				conn.hears("+PONG\r\n")
			}
			b.proxy.Cut(c.way)
			fresh := dial(t, b.proxy)
			open.send("INCR open\r\n")
			fresh.send("INCR fresh\r\n")
			require.Eventually(t, func() bool { return b.proxy.Stats().Faults["cut"] == 2 }, soon, time.Millisecond)
			open.hearsNothing()
			fresh.hearsNothing()
			b.has(t, "open", c.done)
			b.has(t, "fresh", c.done)

			b.proxy.Restore()
			open.isReset()
			fresh.isReset()
			idle.send("PING\r\n")
			idle.hears("+PONG\r\n")
			require.NoError(t, b.client.Ping(t.Context()).Err())
		})
	}
}

func TestCutsAddUp(t *testing.T) {
	b := newBench(t, 2)
	b.proxy.Cut(redistest.ToClient)
	b.proxy.Cut(redistest.ToServer)
	requireTimeout(t, b.client.Incr(within(t, beat), "n").Err())
	require.Empty(t, b.admin.Get(t.Context(), "n").Val())
	b.proxy.Restore()
	require.EqualValues(t, 1, b.client.Incr(t.Context(), "n").Val())
}

func TestACutHidesThatTheOtherSideHasGone(t *testing.T) {
	b := newBench(t, 2)
	open := dial(t, b.proxy)
	open.send("CLIENT SETNAME app\r\n")
	open.hears("+OK\r\n")
	clients := func() string { return b.admin.ClientList(t.Context()).Val() }

	b.proxy.Cut(redistest.BothWays)
	gone := dial(t, b.proxy)
	require.NoError(t, gone.Close())
	b.server.Kill()
	open.hearsNothing()
	b.proxy.Restore()
	open.isReset()

	b.server.Restart(true)
	open = dial(t, b.proxy)
	open.send("CLIENT SETNAME app\r\n")
	open.hears("+OK\r\n")
	b.proxy.Cut(redistest.ToServer)
	require.NoError(t, open.Close())
	require.Never(t, func() bool { return b.proxy.Stats().Open == 0 }, beat, time.Millisecond)
	require.Contains(t, clients(), "name=app")
	b.proxy.Restore()
	require.Eventually(t, func() bool { return b.proxy.Stats().Open == 0 }, soon, time.Millisecond)
}

func TestAllConnectionsCanBeReset(t *testing.T) {
	b := newBench(t, 2)
	one, two := dial(t, b.proxy), dial(t, b.proxy)
	for _, conn := range []wire{one, two} {
		conn.send("PING\r\n")
		conn.hears("+PONG\r\n")
	}
	b.proxy.ResetAll()
	one.isReset()
	two.isReset()
	require.NoError(t, b.client.Ping(t.Context()).Err())
}

func TestNewConnectionsCanBeRefused(t *testing.T) {
	b := newBench(t, 2)
	open := dial(t, b.proxy)
	open.send("PING\r\n")
	open.hears("+PONG\r\n")
	for range 2 {
		b.proxy.Refuse(true)
		b.proxy.Refuse(true)
		_, err := net.Dial("tcp", b.proxy.Addr())
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		b.proxy.Refuse(false)
		b.proxy.Refuse(false)
		fresh := dial(t, b.proxy)
		fresh.send("PING\r\n")
		fresh.hears("+PONG\r\n")
	}
	open.send("PING\r\n")
	open.hears("+PONG\r\n")
}

func TestAServerThatIsDownResetsItsClients(t *testing.T) {
	b := newBench(t, 2)
	open := dial(t, b.proxy)
	open.send("PING\r\n")
	open.hears("+PONG\r\n")
	b.server.Kill()
	_, err := open.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	fresh, err := net.Dial("tcp", b.proxy.Addr())
	if err == nil { // Or else the reset came at once.
		_, err = fresh.Read(make([]byte, 1))
		require.NoError(t, fresh.Close())
	}
	require.ErrorIs(t, err, syscall.ECONNRESET)
	b.server.Restart(true)
	require.NoError(t, b.client.Ping(t.Context()).Err())
}
