package redis_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
)

// back sets the clock of a double back: time left grows by as much, since the server keeps when a key expires.
func (d *double) back(by time.Duration) {
	d.step(-by)
	for _, key := range d.Keys() {
		if ttl := d.TTL(key); ttl > 0 {
			d.SetTTL(key, ttl+by)
		}
	}
}

// forward sets the clock of a double forward: to the server that is as if the time had passed.
func (d *double) forward(by time.Duration) { d.advance(by) }

func TestAServerClockThatIsSetBackLengthensNoLeaseThatSomebodyLooksAt(t *testing.T) {
	server := newDouble(t)
	store := storeOn(t, clientOf(t, server.Addr()), redis.Options{})
	first := acquire(t, store, request("alice", 1))
	server.back(time.Hour)
	got := mustGet(t, store, "orders")
	require.Equal(t, time.Minute, got.TimeLeft, "no more than was asked for is told")
	_, err := store.Acquire(t.Context(), request("bob", 1))
	var held *stores.HeldError
	require.ErrorAs(t, err, &held)
	require.Equal(t, time.Minute, held.Lease.TimeLeft)
	server.advance(time.Minute)
	second := acquire(t, store, request("bob", 1))
	require.Greater(t, second.Fence, first.Fence, "also while the clock is behind")
	server.back(24 * time.Hour)
	require.NoError(t, renew(t, store, second))
	server.advance(time.Minute)
	third := acquire(t, store, request("carol", 1))
	require.Greater(t, third.Fence, second.Fence)
}

func TestAServerClockThatIsSetForwardEndsLeasesAndFencesGrowOn(t *testing.T) {
	server := newDouble(t)
	store := storeOn(t, clientOf(t, server.Addr()), redis.Options{})
	first := acquire(t, store, request("alice", 1))
	server.forward(time.Hour)
	require.ErrorIs(t, renew(t, store, first), stores.ErrLost)
	second := acquire(t, store, request("bob", 1))
	require.GreaterOrEqual(t, second.Fence-first.Fence, uint64(time.Hour.Microseconds()))
	release(t, store, second)
	server.back(time.Hour)
	third := acquire(t, store, request("alice", 2))
	require.Greater(t, third.Fence, second.Fence)
}

// Rule 5: over a server that lost everything, the fence goes up unless its clock was set back by more than the outage and
// no candidate saw the highest.
func TestOverAServerThatLostEverythingTheFenceGoesUpWithinTheAssumptions(t *testing.T) {
	server := newDouble(t)
	store := storeOn(t, clientOf(t, server.Addr()), redis.Options{})
	first := acquire(t, store, request("alice", 1))
	server.FlushAll()
	server.advance(time.Millisecond)
	second := acquire(t, store, request("bob", 1))
	require.Greater(t, second.Fence, first.Fence, "by the clock")
	server.FlushAll()
	server.back(time.Hour)
	claiming := request("alice", 2)
	claiming.HighestFence = second.Fence
	third := acquire(t, store, claiming)
	require.Greater(t, third.Fence, second.Fence, "by what the candidate saw")
	server.FlushAll()
	server.back(time.Hour)
	require.Less(t, acquire(t, store, request("dave", 1)).Fence, third.Fence, "beyond the assumptions, as the documentation says")
}

// Two participants over a clock that is stepped under them: forward, two may lead until the first one's deadline, under
// growing fences; back, nobody is kept out for longer than the lease.
func TestElectorsOverAServerClockThatIsStepped(t *testing.T) {
	server := newDouble(t)
	now := time.Now()
	stop := make(chan struct{})
	ticking := make(chan struct{})
	steps := make(chan time.Duration)
	go func() { // the double's clock runs
		defer close(ticking)
		for {
			select {
			case <-stop:
				return
			case step := <-steps:
				if step > 0 {
					server.forward(step)
				} else {
					server.back(-step)
				}
			case <-time.After(5 * time.Millisecond):
				server.advance(time.Since(now))
				now = time.Now()
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-ticking })
	var each []stores.Store
	for range 2 {
		each = append(each, storeOn(t, clientOf(t, server.Addr()), redis.Options{}))
	}
	c := newCrew(t, each...)
	leader, fence := c.settled()
	steps <- -time.Hour
	require.NoError(t, c.electors[leader].Release(t.Context()))
	fence = again(t, c, fence, "set back by an hour, released")
	steps <- time.Hour
	steps <- time.Hour
	again(t, c, fence, "set forward by an hour")
	steps <- -time.Hour
	again(t, c, 0, "set back by an hour")
	c.fencesGrow()
}
