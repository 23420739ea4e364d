package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/tools/tenure/internal/latency"
)

const (
	// warmUp is how many handovers are not counted: the first ones connect, subscribe and load scripts.
	warmUp = 2
	// pause is between the tries of one elector, so how long each handover takes to prepare.
	pause = 20 * time.Millisecond
)

// handovers lets two electors take turns.
func (b *bench) handovers(ctx context.Context) (latency.Summary, error) {
	election := b.election()
	pair := make([]*elector.Elector, 2)
	for i, name := range []string{"bench-a", "bench-b"} {
		cfg := elector.ConfigFor(election, lease)
		cfg.Participant, cfg.Timeout, cfg.Retry = name, min(b.Call, cfg.Timeout), pause
		e, err := elector.New(b.store, cfg)
		if err != nil {
			return latency.Summary{}, err
		}
		defer func() { _ = e.Close() }()
		pair[i] = e
	}
	b.written = true
	var times []time.Duration
	err := b.within(ctx, func(ctx context.Context) error {
		_, err := pair[0].Campaign(ctx)
		return err
	})
	if err != nil {
		return latency.Summary{}, err
	}
	for turn := range warmUp + b.Handovers {
		var took time.Duration
		err := b.within(ctx, func(ctx context.Context) (err error) {
			took, err = handover(ctx, pair[turn%2], pair[(turn+1)%2])
			return err
		})
		if err != nil {
			return latency.Of(times), err
		}
		if turn >= warmUp {
			times = append(times, took)
		}
	}
	return latency.Of(times), nil
}

// within bounds what would be tried for ever.
func (b *bench) within(ctx context.Context, do func(context.Context) error) error {
	const calls = 4
	ctx, cancel := context.WithTimeoutCause(ctx, calls*b.Call, ErrNoHandover)
	defer cancel()
	err := do(ctx)
	if errors.Is(err, elector.ErrReleaseUnknown) {
		return fmt.Errorf("%w: %w", ErrNoHandover, err)
	}
	return err
}

// handover measures from the call that releases to the gain of the next one, who waits for it.
func handover(ctx context.Context, leader, next *elector.Elector) (time.Duration, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	refused := make(chan struct{}, 1)
	defer next.Subscribe(func(change elector.Change) {
		if change.Reason == lifecycle.EventRefused {
			select {
			case refused <- struct{}{}:
			default:
			}
		}
	})()
	gained := make(chan gain, 1)
	go func() {
		_, err := next.Campaign(ctx)
		gained <- gain{time.Now(), err}
	}()
	select {
	case <-refused:
	case g := <-gained:
		return 0, g.orEarly()
	}
	begin := time.Now()
	if err := leader.Release(ctx); err != nil {
		cancel()
		<-gained
		return 0, err
	}
	g := <-gained
	return g.at.Sub(begin), g.err
}

// gain is how a campaign ended.
type gain struct {
	at  time.Time
	err error
}

var errEarly = errors.New("a second one led before the first had released: is the server's clock set, or does it lose data?")

func (g gain) orEarly() error {
	if g.err != nil {
		return g.err
	}
	return errEarly
}
