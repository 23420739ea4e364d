package redis_test

import (
	"context"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
)

// onElection returns the participant's request for another election.
func onElection(election, participant string, attempt uint64) stores.AcquireRequest {
	req := request(participant, attempt)
	req.Election = election
	return req
}

func acquire(t testing.TB, store stores.Store, req stores.AcquireRequest) stores.Lease {
	t.Helper()
	lease, err := store.Acquire(context.WithoutCancel(t.Context()), req)
	require.NoError(t, err)
	return lease
}

func renew(t testing.TB, store stores.Store, lease stores.Lease) error {
	t.Helper()
	_, err := store.Renew(t.Context(), stores.RenewRequest{Election: lease.Election, Tenure: lease.Tenure, Lease: time.Minute})
	return err
}

func release(t testing.TB, store stores.Store, lease stores.Lease) {
	t.Helper()
	freed, err := store.Release(t.Context(), lease.Election, lease.Tenure)
	require.NoError(t, err)
	require.True(t, freed)
}

// every makes the calls of a store that need a server, one error each.
func every(t *testing.T, store *redis.Store) map[string]error {
	t.Helper()
	tenure := stores.Tenure{Attempt: stores.Attempt{Incarnation: "nobody", Number: 1}, Fence: 1}
	return calls(t, store, stores.Lease{Election: "orders", Tenure: tenure})
}

// trips is a client's hook that counts round trips.
type trips struct{ commands, pipelines, dials atomic.Int64 }

func (h *trips) all() int64 { return h.commands.Load() + h.pipelines.Load() }

// DialHook implements the client's Hook.
func (h *trips) DialHook(next goredis.DialHook) goredis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		h.dials.Add(1)
		return next(ctx, network, addr)
	}
}

// ProcessHook implements the client's Hook.
func (h *trips) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		h.commands.Add(1)
		return next(ctx, cmd)
	}
}

// ProcessPipelineHook implements the client's Hook.
func (h *trips) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		h.pipelines.Add(1)
		return next(ctx, cmds)
	}
}

// scenario begins a test of what happens in a while on real servers: in seconds, beside others. It is for make test-redis,
// which runs nothing else meanwhile.
func scenario(t *testing.T) {
	t.Helper()
	if os.Getenv("TENURE_NO_SKIP") != "1" {
		t.Skip("make test-redis runs it")
	}
	t.Parallel()
}

// eventually waits for a condition that another process brings about, for much longer than it should take.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, time.Minute, 5*time.Millisecond, what)
}
