package bench

import (
	"context"
	"errors"
	"time"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/tools/tenure/internal/latency"
)

// renewals lets clients renew, each in an election of its own, one call after the other.
func (b *bench) renewals(ctx context.Context, clients int) (Renewals, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	held, err := b.acquire(ctx, clients)
	if err != nil {
		return Renewals{}, err
	}
	type result struct {
		times []time.Duration
		err   error
	}
	results := make(chan result, clients)
	begin := time.Now()
	for _, tenure := range held {
		go func() {
			times, err := b.renew(ctx, tenure)
			if err != nil {
				cancel(err) // The others need not go on.
			}
			results <- result{times, err}
		}()
	}
	var all []time.Duration
	for range held {
		r := <-results
		all = append(all, r.times...)
	}
	took := time.Since(begin)
	return Renewals{
		Clients: clients, PerSecond: float64(len(all)) / took.Seconds(), Latency: latency.Of(all),
	}, context.Cause(ctx)
}

func (b *bench) acquire(ctx context.Context, clients int) (held []stores.Lease, err error) {
	for range clients {
		election := b.election()
		_, err := b.once(ctx, 0, func(ctx context.Context, _ int) (bool, error) {
			got, err := b.store.Acquire(ctx, stores.AcquireRequest{
				Election: election, Participant: "bench", Attempt: stores.Attempt{Incarnation: election, Number: 1}, Lease: lease,
			})
			held = append(held, got)
			var refused *redis.ServerError
			b.written = b.written || !errors.As(err, &refused)
			return false, err
		})
		if err != nil {
			return nil, err
		}
	}
	return held, nil
}

func (b *bench) renew(ctx context.Context, held stores.Lease) ([]time.Duration, error) {
	return b.repeat(ctx, b.Duration, func(ctx context.Context, _ int) (bool, error) {
		_, err := b.store.Renew(ctx, stores.RenewRequest{Election: held.Election, Tenure: held.Tenure, Lease: lease})
		return true, err
	})
}
