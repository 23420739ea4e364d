package memory_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
)

func request(participant string, attempt uint64) stores.AcquireRequest {
	return stores.AcquireRequest{
		Election: "orders", Participant: participant, Lease: 10 * time.Second,
		Attempt: stores.Attempt{Incarnation: "run of " + participant, Number: attempt},
	}
}

func renewal(lease stores.Lease, d time.Duration) stores.RenewRequest {
	return stores.RenewRequest{Election: lease.Election, Tenure: lease.Tenure, Lease: d}
}

func acquire(t *testing.T, store *memory.Store, req stores.AcquireRequest) stores.Lease {
	t.Helper()
	lease, err := store.Acquire(t.Context(), req)
	require.NoError(t, err)
	return lease
}

func TestTheZeroValueIsReady(t *testing.T) {
	var store memory.Store
	_, err := store.Get(t.Context(), "orders")
	require.ErrorIs(t, err, stores.ErrVacant)
	leases, err := store.List(t.Context(), "")
	require.NoError(t, err)
	require.Empty(t, leases)
	before := time.Now()
	lease := acquire(t, &store, request("alice", 1))
	require.WithinRange(t, lease.AcquiredAt, before.Round(0), time.Now().Round(0))
	require.GreaterOrEqual(t, lease.Fence, uint64(before.UnixMicro()))
}

func TestANilClockIsTheSystems(t *testing.T) {
	before := time.Now()
	lease := acquire(t, memory.New(memory.WithClock(nil)), request("alice", 1))
	require.False(t, lease.AcquiredAt.Before(before.Round(0)))
}

func TestALeaseIsOverAtTheVeryInstantOfItsEnd(t *testing.T) {
	c := newClock()
	store := memory.New(memory.WithClock(c.Now))
	lease := acquire(t, store, request("alice", 1))
	c.Advance(10*time.Second - 1)
	last, err := store.Get(t.Context(), "orders")
	require.NoError(t, err)
	require.Equal(t, time.Nanosecond, last.TimeLeft)
	c.Advance(1)
	_, err = store.Get(t.Context(), "orders")
	require.ErrorIs(t, err, stores.ErrVacant)
	_, err = store.Renew(t.Context(), renewal(lease, time.Second))
	require.ErrorIs(t, err, stores.ErrLost)
}

func TestTheLastRenewalInTimeIsOneNanosecondBeforeTheEnd(t *testing.T) {
	c := newClock()
	store := memory.New(memory.WithClock(c.Now))
	lease := acquire(t, store, request("alice", 1))
	c.Advance(10*time.Second - 1)
	renewed, err := store.Renew(t.Context(), renewal(lease, 10*time.Second))
	require.NoError(t, err)
	require.Equal(t, 10*time.Second, renewed.TimeLeft)
}

func TestTheFenceSurvivesExpiryAndReleaseOnAClockThatStandsStill(t *testing.T) {
	c := newClock()
	store := memory.New(memory.WithClock(c.Now))
	first := acquire(t, store, request("alice", 1))
	require.Equal(t, uint64(c.Now().UnixMicro()), first.Fence, "the first is the clock")
	freed, err := store.Release(t.Context(), "orders", first.Tenure)
	require.NoError(t, err)
	require.True(t, freed)
	second := acquire(t, store, request("bob", 1))
	require.Equal(t, first.Fence+1, second.Fence, "after a release")

	end := c.Now().Add(10 * time.Second)
	c.Set(end)
	_, err = store.Get(t.Context(), "orders")
	require.ErrorIs(t, err, stores.ErrVacant)
	c.Set(end.Add(-time.Hour))
	require.Equal(t, second.Fence+1, acquire(t, store, request("carol", 1)).Fence, "after an expiry, the clock set back")
}

func TestAClockThatWasNeverSetMintsFromOne(t *testing.T) {
	store := memory.New(memory.WithClock(func() time.Time { return time.Time{} }))
	require.Equal(t, uint64(1), acquire(t, store, request("alice", 1)).Fence)
	require.Equal(t, uint64(2), acquire(t, store, request("alice", 2)).Fence)
}

func TestFencesEndInAnErrorThatChangesNothing(t *testing.T) {
	c := newClock()
	c.Set(time.UnixMicro(math.MaxInt64))
	store := memory.New(memory.WithClock(c.Now))
	highest := acquire(t, store, request("alice", 1))
	require.Equal(t, uint64(math.MaxInt64), highest.Fence)
	_, err := store.Acquire(t.Context(), request("alice", 2))
	require.ErrorContains(t, err, "used up its fences")
	got, err := store.Get(t.Context(), "orders")
	require.NoError(t, err)
	require.Equal(t, highest, got)
}

func TestTheLimitOfAClaimIsExact(t *testing.T) {
	c := newClock()
	limit := uint64(c.Now().Add(stores.MaxFenceAhead).UnixMicro())
	store := memory.New(memory.WithClock(c.Now))
	req := request("alice", 1)
	req.HighestFence = limit + 1
	_, err := store.Acquire(t.Context(), req)
	var claim *stores.FenceClaimError
	require.ErrorAs(t, err, &claim)
	require.Equal(t, stores.FenceClaimError{Election: "orders", Claimed: limit + 1, Limit: limit}, *claim)
	req.HighestFence = limit
	require.Equal(t, limit+1, acquire(t, store, req).Fence)
}

// A clock without a monotonic reading is taken as it is: a step back lengthens the lease, but no time left is above
// what was asked for, and what was seen to be over stays so.
func TestAFakeClockThatStepsBack(t *testing.T) {
	c := newClock()
	store := memory.New(memory.WithClock(c.Now))
	begin := c.Now()
	lease := acquire(t, store, request("alice", 1))
	c.Set(begin.Add(-time.Hour))
	got, err := store.Get(t.Context(), "orders")
	require.NoError(t, err)
	require.Equal(t, 10*time.Second, got.TimeLeft)
	renewed, err := store.Renew(t.Context(), renewal(lease, 10*time.Second))
	require.NoError(t, err)
	require.Equal(t, 10*time.Second, renewed.TimeLeft)

	c.Set(begin.Add(10 * time.Second))
	_, err = store.Get(t.Context(), "orders")
	require.ErrorIs(t, err, stores.ErrVacant)
	c.Set(begin)
	_, err = store.Get(t.Context(), "orders")
	require.ErrorIs(t, err, stores.ErrVacant, "a lease seen to be over came back")
}

// stepWall returns the instant as a clock would read it whose wall time was set forward by d, or back, while the
// monotonic time went on. Package time offers no way to make such a reading, so this writes to the bits of one (see
// the comment on type Time in its source), and checks what came of it.
func stepWall(t *testing.T, reading time.Time, d time.Duration) time.Time {
	t.Helper()
	type layout struct {
		wall uint64 // 1 bit for the monotonic reading being there, 33 of seconds, 30 of nanoseconds
		ext  int64
		loc  *time.Location
	}
	require.Equal(t, unsafe.Sizeof(layout{}), unsafe.Sizeof(time.Time{}))
	stepped := reading
	bits := (*layout)(unsafe.Pointer(&stepped))
	bits.wall += uint64(int64(d/time.Second)) << 30
	require.Equal(t, time.Duration(0), stepped.Sub(reading), "the monotonic reading moved")
	require.Equal(t, d, stepped.Round(0).Sub(reading.Round(0)), "the wall time did not move")
	return stepped
}

func TestSettingTheWallClockChangesNoTimeLeft(t *testing.T) {
	for name, step := range map[string]time.Duration{"forward": 48 * time.Hour, "back": -48 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			begin := time.Now() // with its monotonic reading
			c := &clock{now: begin}
			store := memory.New(memory.WithClock(c.Now))
			lease := acquire(t, store, request("alice", 1))
			c.Set(stepWall(t, begin.Add(time.Second), step))
			got, err := store.Get(t.Context(), "orders")
			require.NoError(t, err)
			require.Equal(t, 9*time.Second, got.TimeLeft)
			require.Equal(t, lease.AcquiredAt, got.AcquiredAt)
			c.Set(stepWall(t, begin.Add(10*time.Second), step))
			_, err = store.Get(t.Context(), "orders")
			require.ErrorIs(t, err, stores.ErrVacant)
			require.Greater(t, acquire(t, store, request("bob", 1)).Fence, lease.Fence)
		})
	}
}

func TestACallWhoseContextHasEndedHasNoEffect(t *testing.T) {
	var store memory.Store
	lease := acquire(t, &store, request("alice", 1))
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	for _, ctx := range []context.Context{canceled, expired} {
		for name, call := range map[string]func() error{
			"Acquire": func() error { _, err := store.Acquire(ctx, request("alice", 2)); return err },
			"Renew":   func() error { _, err := store.Renew(ctx, renewal(lease, time.Hour)); return err },
			"Release": func() error { _, err := store.Release(ctx, "orders", lease.Tenure); return err },
			"Revoke":  func() error { _, err := store.Revoke(ctx, "orders", lease.Fence); return err },
			"Get":     func() error { _, err := store.Get(ctx, "orders"); return err },
			"List":    func() error { _, err := store.List(ctx, ""); return err },
			"Watch":   func() error { _, err := store.Watch(ctx, "orders"); return err },
		} {
			require.ErrorIs(t, call(), ctx.Err(), name)
		}
	}
	got, err := store.Get(t.Context(), "orders")
	require.NoError(t, err)
	require.Equal(t, lease.Tenure, got.Tenure)
	require.False(t, got.Revoked)
	require.LessOrEqual(t, got.TimeLeft, lease.TimeLeft)
}

func TestManyParticipantsOfManyElectionsExcludeEachOther(t *testing.T) {
	const elections, participants, rounds = 8, 4, 200
	var store memory.Store
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	for e := range elections {
		var holding sync.Mutex // what the lease protects: two holders at once fail to lock it
		var last uint64
		for p := range participants {
			wg.Go(func() {
				req := request(fmt.Sprintf("p%d", p), 0)
				req.Election, req.Lease = fmt.Sprintf("e%d", e), stores.MaxLease
				if err := contend(ctx, &store, req, rounds, &holding, &last); err != nil {
					cancel(err) // The others would wait for its lease to end.
				}
			})
		}
	}
	wg.Wait()
	require.NoError(t, context.Cause(ctx))
}

// contend wins and gives up an election again and again.
func contend(
	ctx context.Context, store *memory.Store, req stores.AcquireRequest, rounds int, holding *sync.Mutex, last *uint64,
) error {
	for won := 0; won < rounds; {
		req.Attempt.Number++
		lease, err := store.Acquire(ctx, req)
		if errors.Is(err, stores.ErrHeld) {
			if _, err := store.List(ctx, "e"); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if !holding.TryLock() {
			return fmt.Errorf("two hold election %q", req.Election)
		}
		if lease.Fence <= *last {
			return fmt.Errorf("fence %d after %d", lease.Fence, *last)
		}
		*last = lease.Fence
		if _, err := store.Renew(ctx, renewal(lease, time.Hour)); err != nil {
			return err
		}
		holding.Unlock()
		if freed, err := store.Release(ctx, req.Election, lease.Tenure); err != nil || !freed {
			return fmt.Errorf("release: %t, %w", freed, err)
		}
		won++
	}
	return nil
}
