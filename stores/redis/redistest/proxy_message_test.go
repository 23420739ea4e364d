package redistest_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores/redis/redistest"
)

// subscribe returns the messages of a subscription that the server has confirmed.
func (b bench) subscribe(t *testing.T, channels ...string) (*redis.PubSub, <-chan *redis.Message) {
	t.Helper()
	sub := b.client.Subscribe(t.Context(), channels...)
	t.Cleanup(func() { sub.Close() })
	for range channels {
		_, err := sub.Receive(within(t, soon))
		require.NoError(t, err)
	}
	return sub, sub.Channel()
}

func (b bench) publish(t *testing.T, channel string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		require.NoError(t, b.admin.Publish(t.Context(), channel, text).Err())
	}
}

func receive(t *testing.T, messages <-chan *redis.Message, n int) []string {
	t.Helper()
	var texts []string
	for len(texts) < n {
		select {
		case message := <-messages:
			texts = append(texts, message.Payload)
		case <-within(t, soon).Done():
			require.Len(t, texts, n)
		}
	}
	return texts
}

func TestMessagesAreLostAndDoubledOneByOne(t *testing.T) {
	protocols(t, func(t *testing.T, protocol int) {
		b := newBench(t, protocol)
		b.proxy.On(redistest.Message("a").After(1).Times(1), redistest.SwallowReply())
		b.proxy.On(redistest.Message("a").After(2).Times(1), redistest.Duplicate())
		late := b.proxy.On(redistest.Message("b").Times(1), redistest.DelayReply(2*beat))
		_, messages := b.subscribe(t, "a", "b")
		b.publish(t, "a", "1", "2", "3", "4", "5")
		require.Equal(t, []string{"1", "3", "4", "4", "5"}, receive(t, messages, 5))
		begun := time.Now()
		b.publish(t, "b", "6")
		require.Equal(t, []string{"6"}, receive(t, messages, 1))
		require.GreaterOrEqual(t, time.Since(begun), 2*beat)
		require.Equal(t, 1, late.Hits())
		require.Equal(t, 6, b.proxy.Stats().Messages)
	})
}

func TestMessagesOfPatternsAreKnownByTheirChannel(t *testing.T) {
	protocols(t, func(t *testing.T, protocol int) {
		b := newBench(t, protocol)
		b.proxy.On(redistest.Message("room:1"), redistest.SwallowReply())
		sub := b.client.PSubscribe(t.Context(), "room:*")
		t.Cleanup(func() { sub.Close() })
		_, err := sub.Receive(within(t, soon))
		require.NoError(t, err)
		b.publish(t, "room:1", "lost")
		b.publish(t, "room:2", "heard")
		require.Equal(t, []string{"heard"}, receive(t, sub.Channel(), 1))
	})
}

func TestAMessageCanResetTheConnection(t *testing.T) {
	protocols(t, func(t *testing.T, protocol int) {
		b := newBench(t, protocol)
		b.proxy.On(redistest.Message("").Times(1), redistest.Reset())
		_, messages := b.subscribe(t, "a")
		b.publish(t, "a", "lost")
		require.Eventually(t, func() bool { return b.proxy.Stats().Requests["SUBSCRIBE"] == 2 }, soon, time.Millisecond)
		require.Eventually(t, func() bool { return b.admin.Publish(t.Context(), "a", "heard").Val() == 1 }, soon, time.Millisecond)
		require.Equal(t, []string{"heard"}, receive(t, messages, 1))
	})
}

func TestASubscriptionThatWasCutGoesOnWithoutWhatItLost(t *testing.T) {
	protocols(t, func(t *testing.T, protocol int) {
		b := newBench(t, protocol)
		_, messages := b.subscribe(t, "a")
		b.proxy.Cut(redistest.ToClient)
		b.publish(t, "a", "lost")
		require.Eventually(t, func() bool { return b.proxy.Stats().Faults["cut"] == 1 }, soon, time.Millisecond)
		b.proxy.Restore()
		b.publish(t, "a", "heard")
		require.Equal(t, []string{"heard"}, receive(t, messages, 1))
		require.Equal(t, 1, b.proxy.Stats().Requests["SUBSCRIBE"])
	})
}

func TestAConfirmationCanBeSwallowed(t *testing.T) {
	protocols(t, func(t *testing.T, protocol int) {
		b := newBench(t, protocol)
		rule := b.proxy.On(redistest.Command("SUBSCRIBE").Times(1), redistest.SwallowReply())
		sub := b.client.Subscribe(t.Context(), "a")
		t.Cleanup(func() { sub.Close() })
		_, err := sub.ReceiveTimeout(t.Context(), beat)
		require.Error(t, err)
		rule.Await(1)
	})
}

// A stream has no replies to tell apart, so that nothing is done, or counted, for faults of these. Its requests can be
// swallowed like others.
func TestAfterItHasSubscribedAConnectionIsAStream(t *testing.T) {
	b := newBench(t, 2)
	none := b.proxy.On(redistest.Command("PING"), redistest.SwallowReply()).Optional()
	b.proxy.On(redistest.Command("UNSUBSCRIBE"), redistest.SwallowRequest())
	conn := dial(t, b.proxy)
	conn.send("SUBSCRIBE a b\r\n", "PING\r\n", "SUBSCRIBE c\r\n")
	conn.hears("*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n")
	conn.hears("*2\r\n$4\r\npong\r\n$0\r\n\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:3\r\n")
	conn.send("UNSUBSCRIBE a\r\n")
	require.Eventually(t, func() bool { return b.proxy.Stats().Faults["swallow request"] == 1 }, soon, time.Millisecond)
	b.publish(t, "a", "x")
	conn.hears("*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n")
	require.Zero(t, none.Hits())
}

// In RESP3 messages come between replies on one connection, and are not taken for these.
func TestPushesAreNotReplies(t *testing.T) {
	b := newBench(t, 3)
	rule := b.proxy.On(redistest.Command("GET"), redistest.DelayReply(beat))
	conn := dial(t, b.proxy)
	conn.send("HELLO 3\r\nCLIENT TRACKING ON\r\n")
	require.Eventually(t, func() bool { return b.proxy.Stats().Requests["CLIENT"] == 1 }, soon, time.Millisecond)
	conn.send("GET k\r\n")
	rule.Await(1)
	require.NoError(t, b.admin.Set(t.Context(), "k", "v", 0).Err())
	require.Eventually(t, func() bool { return b.proxy.Stats().Messages == 1 }, soon, time.Millisecond)
	conn.send("INCR n\r\n")
	require.NoError(t, conn.CloseWrite())
	heard := make([]byte, 4096)
	var all []byte
	for {
		n, err := conn.Read(heard)
		all = append(all, heard[:n]...)
		if err != nil {
			break
		}
	}
	require.Contains(t, string(all), "+OK\r\n_\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n:1\r\n")
}
