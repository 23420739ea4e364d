//go:build linux

package main

import (
	"strings"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/redis/redistest"
	"github.com/tenure-go/tenure/tools/tenure/internal/guard"
)

// starting is allowed, on top of what is computed, for the start of three processes on a busy machine.
const starting = 3 * time.Second

// byDefault is what run has where no timings are given.
func byDefault() elector.Config {
	return elector.Config{
		Lease: 2 * time.Second, Renewal: 500 * time.Millisecond, Retry: 200 * time.Millisecond, Timeout: 300 * time.Millisecond,
		Grace: 300 * time.Millisecond, Drain: time.Second,
	}
}

// scene is something that happens to the run that leads, or to its server. It returns when it is over.
type scene struct {
	name string
	play func(c *crew, server *redistest.Server, leader *run, fence uint64)
	// bound is how long nobody leads, at most, by computation.
	bound time.Duration
}

func scenes() []scene {
	crash := byDefault().Failover().Crash
	ordered := byDefault().Drain + byDefault().Failover().Handover
	return []scene{
		{"the elector is killed", func(c *crew, _ *redistest.Server, leader *run, _ uint64) {
			require.NoError(c.t, leader.cmd.Process.Kill())
		}, crash},
		{"the elector is stopped past its lease and continued", func(c *crew, _ *redistest.Server, leader *run, fence uint64) {
			leader.signal(syscall.SIGSTOP)
			c.after(fence)
			leader.signal(syscall.SIGCONT)
		}, crash},
		{"the guardian is killed", func(c *crew, _ *redistest.Server, leader *run, _ uint64) {
			require.NoError(c.t, syscall.Kill(leader.guardian(), syscall.SIGKILL))
			c.await("it says why", func() bool { return strings.Contains(leader.said(), "its guardian is gone") })
		}, crash},
		{"the guardian is stopped", func(c *crew, _ *redistest.Server, leader *run, _ uint64) {
			require.NoError(c.t, syscall.Kill(leader.guardian(), syscall.SIGSTOP))
		}, crash},
		{"the guardian is ended", func(c *crew, _ *redistest.Server, leader *run, _ uint64) {
			require.NoError(c.t, syscall.Kill(leader.guardian(), syscall.SIGTERM))
		}, crash},
		{"both are ended", func(c *crew, _ *redistest.Server, leader *run, _ uint64) {
			require.NoError(c.t, syscall.Kill(leader.guardian(), syscall.SIGTERM))
			leader.signal(syscall.SIGTERM)
		}, ordered},
		{"the elector is ended", func(_ *crew, _ *redistest.Server, leader *run, _ uint64) {
			leader.signal(syscall.SIGTERM)
		}, ordered},
		{"Redis is paused past the lease", func(c *crew, server *redistest.Server, _ *run, fence uint64) {
			server.Pause()
			c.quiet()
			server.Resume()
			c.after(fence)
		}, 3 * crash},
		{"the lease is revoked", func(c *crew, server *redistest.Server, _ *run, fence uint64) {
			revoke(c.t, server.Addr(), fence)
		}, crash},
	}
}

// revoke makes the server refuse the renewals of a tenure.
func revoke(t *testing.T, addr string, fence uint64) {
	t.Helper()
	client := goredis.NewUniversalClient(redis.ForLeases(goredis.UniversalOptions{Addrs: []string{addr}}))
	defer client.Close()
	store, err := redis.New(client, redis.Options{})
	require.NoError(t, err)
	held, err := store.Revoke(t.Context(), "jobs", fence)
	require.NoError(t, err)
	require.True(t, held)
}

// linger gives a program that should be dead the time to show that it is not: as long as it could still be protected.
func (c *crew) linger() {
	c.t.Helper()
	var until guard.Instant
	c.await("time passes", func() bool {
		all := c.stamps()
		newest := all[len(all)-1].at
		if until == 0 {
			until = newest.Add(byDefault().Lease)
		}
		return newest > until
	})
}

// quiet waits until no program leaves stamps any more.
func (c *crew) quiet() {
	c.t.Helper()
	n, since := len(c.stamps()), time.Now()
	c.await("nobody leaves stamps", func() bool {
		if now := len(c.stamps()); now != n {
			n, since = now, time.Now()
		}
		return time.Since(since) > byDefault().Lease
	})
}

// TestRunWhenThingsFail shows for each failure and each kind of program that the program was dead before the next one's was
// started.
func TestRunWhenThingsFail(t *testing.T) {
	for _, s := range scenes() {
		for _, kind := range []worker{obedient, stubborn, forking} {
			t.Run(s.name+"/"+string(kind), func(t *testing.T) {
				t.Parallel()
				server := redistest.Start(t)
				c := newCrew(t, server.Addr(), kind)
				fence := c.after(0)
				leader := c.leader(fence)
				s.play(c, server, leader, fence)
				next := c.after(fence)
				c.linger()
				gap := c.inOrder()
				t.Logf("fence %d after %d; without a leader for %v, computed %v at most", next, fence, gap, s.bound)
				require.Less(t, gap, s.bound+starting)
			})
		}
	}
}

// TestRunWhenRedisIsGone shows that the program ends with its lease, and that nobody leads.
func TestRunWhenRedisIsGone(t *testing.T) {
	for _, kind := range []worker{obedient, stubborn, forking} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			c := newCrew(t, server.Addr(), kind)
			fence := c.after(0)
			server.Kill()
			c.quiet()
			require.Equal(t, fence, c.last())
			for _, r := range c.runs {
				r.signal(syscall.SIGTERM)
				require.Zero(t, r.end(), r.said())
			}
		})
	}
}

// TestRunOfAProgramThatEnds shows the turns of programs that end by themselves.
func TestRunOfAProgramThatEnds(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	c := newCrew(t, server.Addr(), brief)
	fence := uint64(0)
	for range 5 {
		fence = c.after(fence)
	}
	c.inOrder()
	for _, r := range c.runs {
		r.signal(syscall.SIGTERM)
		r.end()
	}
	c.inOrder()
}
