package demo

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// generous grants every incarnation a lease of its own.
type generous struct{ stores.Watcher }

func (s generous) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	req.Election = req.Attempt.Incarnation
	return s.Watcher.Acquire(ctx, req)
}

func (s generous) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	req.Election = req.Tenure.Incarnation
	return s.Watcher.Renew(ctx, req)
}

func (s generous) Release(ctx context.Context, _ string, tenure stores.Tenure) (bool, error) {
	return s.Watcher.Release(ctx, tenure.Incarnation, tenure)
}

// stretched gives leases that last longer or shorter at the store than it says.
type stretched struct {
	stores.Watcher
	percent time.Duration
}

func (s stretched) lease(d time.Duration) time.Duration { return d * s.percent / 100 }

func (s stretched) told(lease stores.Lease, err error) (stores.Lease, error) {
	lease.TimeLeft = lease.TimeLeft * 100 / s.percent
	return lease, err
}

func (s stretched) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	req.Lease = s.lease(req.Lease)
	return s.told(s.Watcher.Acquire(ctx, req))
}

func (s stretched) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	req.Lease = s.lease(req.Lease)
	return s.told(s.Watcher.Renew(ctx, req))
}

// TestPlantedStores runs the whole demo in real time over stores that break their contract.
func TestPlantedStores(t *testing.T) {
	for name, planted := range map[string]struct {
		store stores.Watcher
		rule  rule
	}{
		"everybody is granted": {generous{memory.New()}, ruleOneLeader},
		"leases end at half":   {stretched{memory.New(), 50}, ruleOneLeader},
		"leases last for ever": {stretched{memory.New(), 100_000}, ruleGaps},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			report, err := Run(context.Background(), Options{
				Participants: 3, Lease: 500 * time.Millisecond, Rounds: 1, Seed: 1, Out: &out,
				store: planted.store, allowance: time.Second,
			})
			require.NoError(t, err)
			require.Contains(t, rulesOf(report), planted.rule, out.String())
			require.Contains(t, out.String(), "BROKEN:")
		})
	}
}

func TestBadSettingsAreRefusedBeforeAnythingIsPrinted(t *testing.T) {
	var out bytes.Buffer
	report, err := Run(context.Background(), Options{Participants: 3, Lease: time.Microsecond, Rounds: 1, Out: &out})
	require.ErrorIs(t, err, elector.ErrInvalid)
	require.False(t, report.Broken())
	require.Empty(t, out.String())
}
