package redistest_test

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores/redis/redistest"
)

func TestAProxyWithoutRulesChangesNothing(t *testing.T) {
	protocols(t, func(t *testing.T, protocol int) {
		b, ctx := newBench(t, protocol), t.Context()
		long := strings.Repeat("long\r\n", 100_000)
		require.NoError(t, b.client.Set(ctx, "long", long, 0).Err())
		require.Equal(t, long, b.client.Get(ctx, "long").Val())
		require.ErrorIs(t, b.client.Get(ctx, "none").Err(), redis.Nil)
		require.ErrorContains(t, b.client.Incr(ctx, "long").Err(), "not an integer")
		require.NoError(t, b.client.HSet(ctx, "h", "a", "1", "b", "").Err())
		require.Equal(t, map[string]string{"a": "1", "b": ""}, b.client.HGetAll(ctx, "h").Val())
		nested := b.client.Eval(ctx, "return {1, {}, {'a', {false, 'b'}}, redis.status_reply('fine')}", nil)
		require.Equal(t, []any{int64(1), []any{}, []any{"a", []any{nil, "b"}}, "fine"}, nested.Val())

		var counts []*redis.IntCmd
		_, err := b.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
			for range 500 {
				counts = append(counts, pipe.Incr(ctx, "n"))
			}
			return nil
		})
		require.NoError(t, err)
		require.EqualValues(t, 500, counts[499].Val())
	})
}

func TestInlineCommandsAreForwarded(t *testing.T) {
	b := newBench(t, 2)
	conn := dial(t, b.proxy)
	conn.send("\r\nSET k v\r\n", "*0\r\n", "GET k\r\n")
	conn.hears("+OK\r\n$1\r\nv\r\n")
	require.Equal(t, map[string]int{"SET": 1, "GET": 1}, b.proxy.Stats().Requests)
}

// wire is a client that sees the bytes.
type wire struct {
	*net.TCPConn
	t *testing.T
}

func dial(t *testing.T, p *redistest.Proxy) wire {
	conn, err := net.Dial("tcp", p.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(soon)))
	return wire{conn.(*net.TCPConn), t}
}

func (w wire) send(texts ...string) {
	w.t.Helper()
	_, err := w.Write([]byte(strings.Join(texts, "")))
	require.NoError(w.t, err)
}

func (w wire) hears(text string) {
	w.t.Helper()
	got := make([]byte, len(text))
	_, err := io.ReadFull(w, got)
	require.NoError(w.t, err, "after %q", got)
	require.Equal(w.t, text, string(got))
}

// hearsNothing tells that the connection is open and silent.
func (w wire) hearsNothing() {
	w.t.Helper()
	require.NoError(w.t, w.SetReadDeadline(time.Now().Add(beat)))
	n, err := w.Read(make([]byte, 1))
	require.Zero(w.t, n)
	require.ErrorIs(w.t, err, os.ErrDeadlineExceeded)
	require.NoError(w.t, w.SetReadDeadline(time.Now().Add(soon)))
}

func (w wire) isReset() {
	w.t.Helper()
	n, err := w.Read(make([]byte, 1))
	require.Zero(w.t, n)
	require.ErrorIs(w.t, err, syscall.ECONNRESET)
}

// In a pipeline a fault is done to the request that it is for, and to no other: what the client hears is always the
// answer to what it asked.
func TestFaultsInAPipeline(t *testing.T) {
	silent, resets := wire.hearsNothing, wire.isReset
	for name, c := range map[string]struct {
		fault redistest.Fault
		hears string
		then  func(wire)
		a     string // the counter that was asked for before,
		b     string // that of the request that is matched
		c     string // and the one after
	}{
		"delay":           {redistest.Delay(time.Millisecond), ":1\r\n:1\r\n:1\r\n", silent, "1", "1", "1"},
		"delay reply":     {redistest.DelayReply(time.Millisecond), ":1\r\n:1\r\n:1\r\n", silent, "1", "1", "1"},
		"duplicate":       {redistest.Duplicate(), ":1\r\n:1\r\n:1\r\n", silent, "1", "2", "1"},
		"retry":           {redistest.Retry(), ":1\r\n:2\r\n:1\r\n", silent, "1", "2", "1"},
		"swallow request": {redistest.SwallowRequest(), ":1\r\n", silent, "1", "", ""},
		"swallow reply":   {redistest.SwallowReply(), ":1\r\n", silent, "1", "1", "1"},
		"reset":           {redistest.Reset(), ":1\r\n", resets, "1", "", ""},
		"reset after":     {redistest.ResetAfter(), ":1\r\n", resets, "1", "1", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 2)
			isB := redistest.Request("INCR b", func(args [][]byte) bool {
				return len(args) == 2 && string(args[0]) == "INCR" && string(args[1]) == "b"
			})
			rule := b.proxy.On(isB, c.fault)
			conn := dial(t, b.proxy)
			conn.send("*2\r\n$4\r\nINCR\r\n$1\r\na\r\n", "*2\r\n$4\r\nINCR\r\n$1\r\nb\r\n", "*2\r\n$4\r\nINCR\r\n$1\r\nc\r\n")
			conn.hears(c.hears)
			c.then(conn)
			rule.Await(1)
			require.Equal(t, 1, rule.Hits())
			require.Equal(t, 1, b.proxy.Stats().Faults[name])
			b.has(t, "a", c.a)
			b.has(t, "b", c.b)
			if name != "reset after" { // The last request is on its way when the reset comes.
				b.has(t, "c", c.c)
			}
		})
	}
}

func TestADelayedRequestReachesTheServerLater(t *testing.T) {
	protocols(t, func(t *testing.T, protocol int) {
		b, ctx := newBench(t, protocol), t.Context()
		b.proxy.On(redistest.Command("set").Times(1), redistest.Delay(2*beat))
		begun := time.Now()
		require.NoError(t, b.client.Set(ctx, "k", "v", 0).Err())
		require.GreaterOrEqual(t, time.Since(begun), 2*beat)
	})
}

func TestADelayedRequestOutlivesItsClient(t *testing.T) {
	b := newBench(t, 2)
	rule := b.proxy.On(redistest.Command("SET"), redistest.Delay(2*beat))
	begun := time.Now()
	conn := dial(t, b.proxy)
	conn.send("SET k v\r\n")
	rule.Await(1)
	require.NoError(t, conn.Close())
	b.has(t, "k", "v")
	require.GreaterOrEqual(t, time.Since(begun), 2*beat)
}

func TestADelayedReplyIsOfWorkThatIsDone(t *testing.T) {
	protocols(t, func(t *testing.T, protocol int) {
		b := newBench(t, protocol)
		rule := b.proxy.On(redistest.Command("SET"), redistest.DelayReply(2*beat))
		begun, done := time.Now(), make(chan error, 1)
		go func() { done <- b.client.Set(t.Context(), "k", "v", 0).Err() }()
		rule.Await(1)
		require.Equal(t, "v", b.admin.Get(t.Context(), "k").Val())
		require.NoError(t, <-done)
		require.GreaterOrEqual(t, time.Since(begun), 2*beat)
	})
}

func TestASwallowedReplyLeavesTheClientInTheDark(t *testing.T) {
	protocols(t, func(t *testing.T, protocol int) {
		b := newBench(t, protocol)
		rule := b.proxy.On(redistest.Command("INCR").Times(1), redistest.SwallowReply())
		b.unanswered(t, protocol, rule, func(c *redis.Client) error { return c.Incr(t.Context(), "n").Err() })
		require.Equal(t, "1", b.admin.Get(t.Context(), "n").Val())
		require.EqualValues(t, 2, b.client.Incr(t.Context(), "n").Val())
	})
}

func TestASwallowedRequestNeverArrives(t *testing.T) {
	protocols(t, func(t *testing.T, protocol int) {
		b := newBench(t, protocol)
		rule := b.proxy.On(redistest.Command("INCR").Times(1), redistest.SwallowRequest())
		b.unanswered(t, protocol, rule, func(c *redis.Client) error { return c.Incr(t.Context(), "n").Err() })
		require.EqualValues(t, 1, b.client.Incr(t.Context(), "n").Val())
	})
}

// That these are resets is seen in TestFaultsInAPipeline; go-redis may take one for an end, as it looks twice.
func TestAResetTellsNothingOfWhatTheServerDid(t *testing.T) {
	protocols(t, func(t *testing.T, protocol int) {
		b := newBench(t, protocol)
		b.proxy.On(redistest.Command("INCR").Times(1), redistest.Reset())
		b.proxy.On(redistest.Command("DECR").Times(1), redistest.ResetAfter())
		require.Error(t, b.client.Incr(t.Context(), "n").Err())
		require.Empty(t, b.admin.Get(t.Context(), "n").Val())
		require.Error(t, b.client.Decr(t.Context(), "n").Err())
		require.Equal(t, "-1", b.admin.Get(t.Context(), "n").Val())
	})
}

func TestAHeldRequestArrivesLate(t *testing.T) {
	protocols(t, func(t *testing.T, protocol int) {
		b, ctx := newBench(t, protocol), t.Context()
		rule := b.proxy.On(redistest.Command("SET").Times(1), redistest.Hold())
		b.unanswered(t, protocol, rule, func(c *redis.Client) error { return c.Set(ctx, "k", "old", 0).Err() })
		require.NoError(t, b.client.Set(ctx, "k", "new", 0).Err(), "other connections go on")
		b.proxy.ResetAll()
		require.Equal(t, "new", b.admin.Get(ctx, "k").Val())
		require.Equal(t, 1, rule.Release())
		require.Equal(t, "old", b.admin.Get(ctx, "k").Val())
		require.Zero(t, rule.Release())
	})
}

func TestAHeldRequestIsAnsweredIfTheClientStillWaits(t *testing.T) {
	b := newBench(t, 2)
	rule := b.proxy.On(redistest.Command("INCR"), redistest.Hold())
	conn := dial(t, b.proxy)
	conn.send("INCR n\r\n", "PING\r\n")
	rule.Await(1)
	conn.hearsNothing()
	require.Equal(t, 1, rule.Release())
	conn.hears(":1\r\n+PONG\r\n")
	conn.send("INCR n\r\n")
	conn.hears(":2\r\n")
}

func TestAHeldRequestIsLostWithTheServersConnection(t *testing.T) {
	b := newBench(t, 2)
	rule := b.proxy.On(redistest.Command("SET"), redistest.Hold())
	conn := dial(t, b.proxy)
	conn.send("SET k v\r\n")
	rule.Await(1)
	b.server.Restart(true)
	require.Zero(t, rule.Release())
	require.Empty(t, b.server.Client(t).Get(t.Context(), "k").Val())
}

func TestRulesActInTheirOrderAndAsOftenAsTheySay(t *testing.T) {
	b, ctx := newBench(t, 2), t.Context()
	twice := b.proxy.On(redistest.Command("INCR").After(1).Times(2), redistest.Duplicate())
	removed := b.proxy.On(redistest.Command("INCR"), redistest.Delay(time.Millisecond))
	last := b.proxy.On(redistest.Command().Times(1), redistest.Delay(time.Millisecond)) // The client's HELLO.
	var got []int64
	for i := range 6 {
		if i == 4 {
			removed.Remove()
		}
		got = append(got, b.client.Incr(ctx, "n").Val())
	}
	require.Equal(t, []int64{1, 2, 4, 6, 7, 8}, got)
	require.Equal(t, []int{2, 2, 1}, []int{twice.Hits(), removed.Hits(), last.Hits()})
	require.Equal(t, map[string]int{"duplicate": 2, "delay": 3}, b.proxy.Stats().Faults)
}

func TestWhatWasSeenIsCounted(t *testing.T) {
	b, ctx := newBench(t, 2), t.Context()
	conn := b.client.Conn()
	require.NoError(t, conn.Set(ctx, "k", "v", 0).Err())
	require.NoError(t, conn.Get(ctx, "k").Err())
	stats := b.proxy.Stats()
	require.Equal(t, 1, stats.Connections)
	require.Equal(t, 1, stats.Open)
	require.Equal(t, 1, stats.Requests["SET"])
	require.Equal(t, 1, stats.Requests["GET"])
	require.Empty(t, stats.Faults)
	require.NoError(t, conn.Close())
	require.NoError(t, b.client.Close())
	require.Eventually(t, func() bool { return b.proxy.Stats().Open == 0 }, soon, time.Millisecond)
}

func TestARuleThatWasNeverHitFailsTheTest(t *testing.T) {
	rec := &recorder{TB: t}
	proxy := redistest.StartProxy(rec, "127.0.0.1:1")
	proxy.On(redistest.Command("EVALSHA", "EVAL").After(2).Times(1), redistest.Delay(time.Second))
	proxy.On(redistest.Command(), redistest.Reset()).Optional()
	proxy.On(redistest.Message("freed"), redistest.SwallowReply()).Remove()
	rec.end()
	require.Equal(t, []string{
		`redistest: the rule "EVALSHA or EVAL, after 2, 1 times: delay 1s" was never hit`,
		`redistest: the rule "message freed: swallow reply" was never hit`,
	}, rec.failures)
}

func TestASkippedTestNeedsNoHits(t *testing.T) {
	rec := &recorder{TB: t, skips: []string{"for another reason"}}
	redistest.StartProxy(rec, "127.0.0.1:1").On(redistest.Command(), redistest.Reset())
	rec.end()
	require.Empty(t, rec.failures)
}

func TestRulesThatCannotBeFailTheTest(t *testing.T) {
	for name, c := range map[string]struct {
		match redistest.Match
		fault redistest.Fault
		want  string
	}{
		"no match":                   {redistest.Match{}, redistest.Reset(), "needs a match and a fault"},
		"no fault":                   {redistest.Command(), redistest.Fault{}, "needs a match and a fault"},
		"a message held back":        {redistest.Message(""), redistest.Hold(), "cannot be"},
		"a message's server's reply": {redistest.Message(""), redistest.ResetAfter(), "cannot be"},
	} {
		t.Run(name, func(t *testing.T) {
			rec := &recorder{TB: t}
			redistest.StartProxy(rec, "127.0.0.1:1").On(c.match, c.fault).Optional()
			rec.end()
			require.Len(t, rec.failures, 1)
			require.Contains(t, rec.failures[0], c.want)
		})
	}
}

func TestNothingListensAfterTheTest(t *testing.T) {
	var b bench
	var conn wire
	t.Run("inner", func(t *testing.T) {
		b = newBench(t, 2)
		b.proxy.On(redistest.Command("PING"), redistest.Hold())
		conn = dial(t, b.proxy)
		conn.send("PING\r\n")
		require.Eventually(t, func() bool { return b.proxy.Stats().Faults["hold"] == 1 }, soon, time.Millisecond)
	})
	_, err := net.Dial("tcp", b.proxy.Addr())
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}

func TestAClientFollowsAddressesThroughTheProxies(t *testing.T) {
	b, other := newBench(t, 2), redistest.Start(t)
	dialer := redistest.Through(b.proxy)
	for _, addr := range []string{b.server.Addr(), other.Addr()} {
		conn, err := dialer(t.Context(), "tcp", addr)
		require.NoError(t, err)
		_, err = conn.Write([]byte("PING\r\n"))
		require.NoError(t, err)
		pong := make([]byte, 7)
		_, err = io.ReadFull(conn, pong)
		require.NoError(t, errors.Join(err, conn.Close()))
		require.Equal(t, "+PONG\r\n", string(pong))
	}
	require.Equal(t, 1, b.proxy.Stats().Connections)
}
