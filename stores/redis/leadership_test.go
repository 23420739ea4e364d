package redis_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/proptest/leadership"
	"github.com/tenure-go/tenure/stores/faulty"
	"github.com/tenure-go/tenure/stores/fencing"
	"github.com/tenure-go/tenure/stores/redis"
)

// Electors over links that lose, double and delay take turns on a double of Redis, and each writes once for each tenure.
func TestLeadershipOnADouble(t *testing.T) {
	server, history := newDouble(t), &leadership.History{}
	guard := &fencing.Guard{Resource: "ledger"}
	cfg := steady()
	cfg.Retry = 10 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var electors []leadership.Elector
	var links []*faulty.Link
	var running sync.WaitGroup
	for i := range 3 {
		link := faulty.NewLink(storeOn(t, clientOf(t, server.Addr()), redis.Options{}))
		t.Cleanup(link.Close)
		link.On(faulty.Calls(faulty.Acquire).Every(3), faulty.FailAfter(nil))
		link.On(faulty.Calls(faulty.Release).Every(2), faulty.Retry())
		cfg.Participant = fmt.Sprint("participant ", i)
		e, err := elector.New(link.Store(), cfg)
		require.NoError(t, err)
		history.Follow(e)
		links, electors = append(links, link), append(electors, e)
		tenures := 0
		running.Go(func() {
			own, stop := context.WithCancel(ctx)
			defer stop()
			_ = e.Run(own, history.Work(e, func(_ context.Context, term *elector.Term) error {
				if tenures++; tenures == 4 {
					stop()
				}
				return history.Write(e, term, guard, func() error { return nil })
			}))
		})
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		running.Wait()
	}()
	for looking := true; looking; {
		history.Look(electors...)
		select {
		case <-over:
			looking = false
		default:
		}
	}
	require.NoError(t, history.Check())
	for _, link := range links {
		require.NoError(t, link.Check())
	}
	admitted := 0
	for _, e := range history.Events() {
		if e.Kind == leadership.Admitted {
			admitted++
		}
	}
	require.Equal(t, 3*4, admitted)
}
