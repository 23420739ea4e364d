package release_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
	"github.com/tenure-go/tenure/tools/tenure/internal/release"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scene is a store on a clock that the test moves, on which alice leads.
type scene struct {
	*memory.Store
	now   time.Time
	alice stores.Lease
	// between runs before a call of that name reaches the store.
	between map[string]func()
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), between: map[string]func(){}}
	s.Store = memory.New(memory.WithClock(func() time.Time { return s.now }))
	s.alice = s.acquire(t, "alice", 1)
	s.now = s.now.Add(20 * time.Second)
	return s
}

func (s *scene) acquire(t *testing.T, who string, attempt uint64) stores.Lease {
	t.Helper()
	lease, err := s.Acquire(t.Context(), stores.AcquireRequest{
		Election: "orders", Participant: who, Attempt: stores.Attempt{Incarnation: who, Number: attempt}, Lease: time.Minute,
	})
	require.NoError(t, err)
	return lease
}

func (s *scene) renew(t *testing.T) error {
	t.Helper()
	_, err := s.Renew(t.Context(), stores.RenewRequest{Election: "orders", Tenure: s.alice.Tenure, Lease: time.Minute})
	return err
}

func (s *scene) before(call string) {
	if f := s.between[call]; f != nil {
		delete(s.between, call)
		f()
	}
}

// Revoke implements [stores.Store].
func (s *scene) Revoke(ctx context.Context, election string, fence uint64) (bool, error) {
	s.before("revoke")
	return s.Store.Revoke(ctx, election, fence)
}

// Release implements [stores.Store].
func (s *scene) Release(ctx context.Context, election string, t stores.Tenure) (bool, error) {
	s.before("release")
	return s.Store.Release(ctx, election, t)
}

func TestRevokedTenureLapsesAtItsPresentExpiry(t *testing.T) {
	s := newScene(t)
	ended, err := release.Revoke(t.Context(), s, "orders", s.alice.Fence)
	require.NoError(t, err)
	require.Equal(t, release.Ended{Election: "orders", Fence: s.alice.Fence, Participant: "alice", Left: 40 * time.Second}, ended)
	require.ErrorIs(t, s.renew(t), stores.ErrLost)
	s.now = s.now.Add(39 * time.Second)
	_, err = s.Get(t.Context(), "orders")
	require.NoError(t, err, "it is held until then")
	s.now = s.now.Add(time.Second)
	_, err = s.Get(t.Context(), "orders")
	require.ErrorIs(t, err, stores.ErrVacant)
}

func TestFreedLeaseIsFreeAtOnceAndItsDeadlineIsTold(t *testing.T) {
	s := newScene(t)
	ended, err := release.Free(t.Context(), s, "orders", s.alice.Fence)
	require.NoError(t, err)
	want := release.Ended{Election: "orders", Fence: s.alice.Fence, Participant: "alice", Freed: true, Left: 40 * time.Second}
	require.Equal(t, want, ended)
	require.Greater(t, s.acquire(t, "bob", 1).Fence, s.alice.Fence)
}

func TestRenewalInBetweenMovesTheTimeThatIsTold(t *testing.T) {
	for name, end := range ways() {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.between["revoke"] = func() { require.NoError(t, s.renew(t)) }
			s.between["release"] = func() { require.ErrorIs(t, s.renew(t), stores.ErrLost) }
			ended, err := end(t.Context(), s, "orders", s.alice.Fence)
			require.NoError(t, err)
			require.Equal(t, time.Minute, ended.Left)
		})
	}
}

func TestTenureThatEndsMeanwhileHasNoTimeLeft(t *testing.T) {
	for name, end := range ways() {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.between["revoke"] = func() { s.now = s.now.Add(time.Minute) }
			ended, err := end(t.Context(), s, "orders", s.alice.Fence)
			require.NoError(t, err)
			require.Zero(t, ended.Left)
		})
	}
}

func TestLeaseThatLapsesBeforeItCanBeFreedHasNoTimeLeft(t *testing.T) {
	s := newScene(t)
	s.between["release"] = func() { s.now = s.now.Add(time.Minute) }
	ended, err := release.Free(t.Context(), s, "orders", s.alice.Fence)
	require.NoError(t, err)
	require.Zero(t, ended.Left)
	require.True(t, ended.Freed)
}

func TestNewerTenureIsLeftAlone(t *testing.T) {
	for name, end := range ways() {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			newer := s.acquire(t, "alice", 2)
			_, err := end(t.Context(), s, "orders", s.alice.Fence)
			var other *release.NotHeldError
			require.ErrorAs(t, err, &other)
			require.Equal(t, newer.Fence, other.Held.Fence)
			require.ErrorContains(t, err, `is not held: election "orders" is led by "alice" under fence`)
			lease, err := s.Get(t.Context(), "orders")
			require.NoError(t, err)
			require.False(t, lease.Revoked)
		})
	}
}

func TestNobodyLeads(t *testing.T) {
	for name, end := range ways() {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			_, err := end(t.Context(), s, "invoices", 42)
			var other *release.NotHeldError
			require.ErrorAs(t, err, &other)
			require.Nil(t, other.Held)
			require.EqualError(t, err, `fence 42 is not held: nobody leads election "invoices"`)
		})
	}
}

func ways() map[string]func(context.Context, stores.Store, string, uint64) (release.Ended, error) {
	return map[string]func(context.Context, stores.Store, string, uint64) (release.Ended, error){
		"revoke": release.Revoke, "free": release.Free,
	}
}
