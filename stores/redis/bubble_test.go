package redis_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/storetest"
	"github.com/tenure-go/tenure/stores/storetest/property"
)

// bridge connects a bubble of testing/synctest with a double outside. A client in the bubble waits on a pipe, which lets
// time pass; for the double, which answers at once, the bridge waits itself. The double's clock follows the bubble's.
type bridge struct {
	server *double
	mu     sync.Mutex
	last   time.Time
	spoil  func(request []byte) // takes the next script's request, in the place of the double
}

// dial is the client's dialer.
func (b *bridge) dial(context.Context, string, string) (net.Conn, error) {
	client, inside := net.Pipe()
	outside, err := net.Dial("tcp", b.server.Addr())
	if err != nil {
		return nil, err
	}
	go func() {
		defer inside.Close()
		defer outside.Close()
		requests, replies := bufio.NewReader(inside), bufio.NewReader(outside)
		for {
			request, err := message(requests)
			if err != nil {
				return
			}
			if spoil := b.spoiling(request); spoil != nil {
				spoil(request)
				continue
			}
			reply, err := b.ask(outside, replies, request)
			if err != nil {
				return
			}
			if _, err := inside.Write(reply); err != nil {
				return
			}
		}
	}()
	return client, nil
}

func (b *bridge) spoiling(request []byte) func([]byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !bytes.Contains(request, []byte("evalsha")) {
		return nil
	}
	spoil := b.spoil
	b.spoil = nil
	return spoil
}

// ask lets the double answer, at the bubble's time.
func (b *bridge) ask(to io.Writer, from *bufio.Reader, request []byte) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.server.advance(now.Sub(b.last))
	b.last = now
	if _, err := to.Write(request); err != nil {
		return nil, err
	}
	return message(from)
}

// deliver lets the double carry out a request of which nobody hears.
func (b *bridge) deliver(t *testing.T, request []byte) {
	conn, err := net.Dial("tcp", b.server.Addr())
	if err == nil {
		defer conn.Close()
		_, err = b.ask(conn, bufio.NewReader(conn), request)
	}
	if err != nil {
		t.Error(err)
	}
}

// message reads one message of the protocol, whole.
func message(r *bufio.Reader) ([]byte, error) {
	all, err := r.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	n, _ := strconv.Atoi(string(bytes.TrimSpace(all[1:])))
	switch all[0] {
	case '$':
		if n < 0 {
			return all, nil
		}
		text := make([]byte, n+len("\r\n"))
		_, err := io.ReadFull(r, text)
		return append(all, text...), err
	case '%':
		n *= 2
		fallthrough
	case '*':
		for range n {
			part, err := message(r)
			if err != nil {
				return nil, err
			}
			all = append(all, part...)
		}
	}
	return all, nil
}

// closing is a store with its client.
type closing struct {
	stores.Store
	io.Closer
}

// Client, limits of calls and time are the bubble's: a call without an answer ends with its context, and no moment later.
func TestAnyOrderOfCallsInABubbleKeepsThePromisesMade(t *testing.T) {
	setFlag(t, "rapid.checks", map[bool]string{false: "50", true: "5"}[underRace || testing.Short()])
	b, orders := &bridge{server: newDouble(t)}, 0
	const limit = 100 * time.Millisecond
	unanswered := func(t *testing.T, call func(context.Context), spoil func([]byte)) (request []byte) {
		taken := make(chan []byte, 1)
		b.mu.Lock()
		b.spoil = func(request []byte) {
			spoil(request)
			taken <- request
		}
		b.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), limit)
		defer cancel()
		begun := time.Now()
		call(ctx)
		require.Equal(t, limit, time.Since(begun), "when the call returned")
		return <-taken
	}
	property.CheckInBubble(t, storetest.Harness{
		New: func(t *testing.T) stores.Store {
			orders++
			b.mu.Lock()
			b.last = time.Now()
			b.mu.Unlock()
			client := goredis.NewUniversalClient(redis.ForLeases(goredis.UniversalOptions{
				Addrs: []string{"in the bubble"}, Dialer: b.dial, Protocol: 2, DisableIdentity: true,
			}))
			store := storeOn(t, client, redis.Options{Prefix: fmt.Sprint("order ", orders)})
			require.NoError(t, store.LoadScripts(context.WithoutCancel(t.Context())))
			return closing{store, client}
		},
		Lose: func(t *testing.T, call func(context.Context)) {
			unanswered(t, call, func(request []byte) { b.deliver(t, request) })
		},
		Late: func(t *testing.T, call func(context.Context)) func() {
			held := unanswered(t, call, func([]byte) {})
			return func() { b.deliver(t, held) }
		},
		Tolerance: 2 * time.Millisecond,
	})
}
