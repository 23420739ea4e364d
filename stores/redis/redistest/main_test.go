package redistest_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/stores/redis/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	soon = 30 * time.Second       // within which what is to happen happens, on any machine
	beat = 100 * time.Millisecond // for which what is not to happen is given the chance to
)

// within is a context that ends with the test, or when it takes too long.
func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// clientOf is a client as users have one, which tries each command once.
func clientOf(t *testing.T, addr string, protocol int) *redis.Client {
	client := redis.NewClient(&redis.Options{
		Addr: addr, Protocol: protocol, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true,
		ReadTimeout: soon, WriteTimeout: soon, DialTimeout: soon,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	t.Cleanup(func() { client.Close() })
	return client
}

// protocols runs a test in both versions of RESP.
func protocols(t *testing.T, run func(t *testing.T, protocol int)) {
	for _, protocol := range []int{2, 3} {
		t.Run(fmt.Sprintf("RESP%d", protocol), func(t *testing.T) { run(t, protocol) })
	}
}

// bench is a proxied server.
type bench struct {
	server *redistest.Server
	proxy  *redistest.Proxy
	admin  *redis.Client // goes to the server itself
	client *redis.Client
}

func newBench(t *testing.T, protocol int) bench {
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server.Addr())
	return bench{server, proxy, server.Client(t), clientOf(t, proxy.Addr(), protocol)}
}

// has waits until the key has that value on the server.
func (b bench) has(t *testing.T, key, value string) {
	t.Helper()
	require.Eventually(t, func() bool { return b.admin.Get(t.Context(), key).Val() == value }, soon, time.Millisecond)
}

// unanswered makes a call on a client of its own, and waits until the rule was hit. It sees the call still wait for its
// answer, and then lets the client go away.
func (b bench) unanswered(t *testing.T, protocol int, rule *redistest.Rule, call func(*redis.Client) error) {
	t.Helper()
	client, done := clientOf(t, b.proxy.Addr(), protocol), make(chan error, 1)
	go func() { done <- call(client) }()
	rule.Await(1)
	select {
	case err := <-done:
		require.Fail(t, "the call was answered", "%v", err)
	case <-time.After(beat):
	}
	require.NoError(t, client.Close())
	require.Error(t, <-done)
}

// requireTimeout takes both a context's deadline and a connection's.
func requireTimeout(t *testing.T, err error) {
	t.Helper()
	var timeout interface{ Timeout() bool }
	require.ErrorAs(t, err, &timeout)
	require.True(t, timeout.Timeout(), "%v", err)
}

// recorder is a test that records its failures.
type recorder struct {
	testing.TB
	mu       sync.Mutex
	failures []string
	cleanups []func()
	skips    []string
	logs     []string
}

func (r *recorder) Helper()       {}
func (r *recorder) Failed() bool  { return len(r.failures) > 0 }
func (r *recorder) Skipped() bool { return len(r.skips) > 0 }

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func (r *recorder) Logf(format string, args ...any) {
	r.logs = append(r.logs, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatal(args ...any) { r.Errorf("%s", fmt.Sprint(args...)) }

func (r *recorder) Fatalf(format string, args ...any) { r.Errorf(format, args...) }

func (r *recorder) Skip(args ...any) { r.skips = append(r.skips, fmt.Sprint(args...)) }

func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

// end runs what the test would when it ends.
func (r *recorder) end() {
	for len(r.cleanups) > 0 {
		last := len(r.cleanups) - 1
		f := r.cleanups[last]
		r.cleanups = r.cleanups[:last]
		f()
	}
}
