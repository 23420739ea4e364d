// Package bench measures renewals and handovers on a Redis.
//
// It holds elections of its own, with random names under the store's prefix, and deletes their keys afterwards, also when
// it is interrupted.
package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/tools/tenure/internal/latency"
)

// Options say what is measured, on what.
type Options struct {
	// Client is what the store works with.
	Client goredis.UniversalClient
	// Store are the settings of the store.
	Store redis.Options
	// Duration is how long renewals are measured, for one client and again for several.
	Duration time.Duration
	// Clients is how many the several are; with 1 they are left out.
	Clients int
	// Handovers is how many are measured; 0 for none.
	Handovers int
	// Call bounds each call, also the last, which clears away; and four times as much each handover.
	Call time.Duration
}

// Report is what was measured.
type Report struct {
	// Server is the version of the server, or what it answered in place of it.
	Server string
	// Trip is the bare round trip.
	Trip latency.Summary
	// Renewals are for one client and for several.
	Renewals []Renewals
	// Handovers are the times from the call that releases to the next leader's gain.
	Handovers latency.Summary
}

// Renewals is what renewals came to.
type Renewals struct {
	Clients   int
	PerSecond float64
	Latency   latency.Summary
}

const (
	// lease is long enough that nothing expires unless something is wrong.
	lease = 30 * time.Second
	// trips is how many bare round trips are measured.
	trips = 500
)

var (
	// ErrLeft tells that keys of the elections that were measured are left on the server.
	ErrLeft = errors.New("keys are left on the server")
	// ErrNoHandover tells that nobody took over in time.
	ErrNoHandover = errors.New("no handover: the server answers no more, or sends no wake-ups; see tenure doctor")
)

// Run measures. What was measured before an error, or before ctx ended, is in the report.
func Run(ctx context.Context, o Options) (r Report, err error) {
	store, err := redis.New(o.Client, o.Store)
	if err != nil {
		return r, err
	}
	b := &bench{Options: o, store: store}
	if err := b.knock(ctx); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, b.clear(ctx)) }()
	if err := b.trips(ctx, &r); err != nil {
		return r, err
	}
	if r.Server, err = b.server(ctx); err != nil {
		return r, err
	}
	for _, clients := range b.crowds() {
		renewals, err := b.renewals(ctx, clients)
		if err != nil {
			return r, err
		}
		r.Renewals = append(r.Renewals, renewals)
	}
	if o.Handovers > 0 {
		r.Handovers, err = b.handovers(ctx)
	}
	return r, err
}

type bench struct {
	Options
	store     *redis.Store
	elections []string
	written   bool // whether keys of ours may be there
}

func (b *bench) crowds() []int {
	if b.Clients == 1 {
		return []int{1}
	}
	return []int{1, b.Clients}
}

// election names one that is ours, to be cleared away.
func (b *bench) election() string {
	name := "tenure-bench-" + strings.ToLower(rand.Text())
	b.elections = append(b.elections, name)
	return name
}

// clear deletes the keys of our elections; the fence's would never expire.
func (b *bench) clear(ctx context.Context) error {
	if !b.written {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.Call)
	defer cancel()
	prefix := b.Store.Prefix
	if prefix == "" {
		prefix = redis.DefaultPrefix
	}
	var failed error
	for _, election := range b.elections {
		key := prefix + ":{" + election + "}"
		if err := b.Client.Del(ctx, key+":lease", key+":fence", key+":mark").Err(); err != nil {
			failed = fmt.Errorf("%w, which begin with %s: %w", ErrLeft, prefix+":{tenure-bench-", err)
		}
	}
	return failed
}

// knock calls the server by the store, whose errors say what they are.
func (b *bench) knock(ctx context.Context) error {
	_, err := b.once(ctx, 0, func(ctx context.Context, _ int) (bool, error) {
		_, err := b.store.Get(ctx, b.election())
		if errors.Is(err, stores.ErrVacant) {
			err = nil
		}
		return false, err
	})
	return err
}

// server is what the server says of itself; a user who may not ask still benches.
func (b *bench) server(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, b.Call)
	defer cancel()
	text, err := b.Client.Info(ctx, "server").Result()
	var refusal goredis.Error
	switch {
	case errors.As(err, &refusal):
		return "of a version that may not be asked for (+info)", nil
	case err != nil:
		return "", err
	}
	for line := range strings.Lines(text) {
		if version, ok := strings.CutPrefix(strings.TrimSpace(line), "redis_version:"); ok {
			return version, nil
		}
	}
	return "of an unknown version", nil
}

func (b *bench) trips(ctx context.Context, r *Report) error {
	times, err := b.repeat(ctx, b.Duration, func(ctx context.Context, n int) (bool, error) {
		return n+1 < trips, b.Client.Ping(ctx).Err()
	})
	r.Trip = latency.Of(times)
	return err
}

// repeat times calls for a while, or until one says that it was enough.
func (b *bench) repeat(
	ctx context.Context, while time.Duration, call func(ctx context.Context, n int) (more bool, err error),
) (times []time.Duration, err error) {
	for begin := time.Now(); time.Since(begin) < while; {
		sent := time.Now()
		more, err := b.once(ctx, len(times), call)
		if err != nil {
			return times, err
		}
		times = append(times, time.Since(sent))
		if !more {
			break
		}
	}
	return times, nil
}

func (b *bench) once(ctx context.Context, n int, call func(context.Context, int) (bool, error)) (bool, error) {
	bounded, cancel := context.WithTimeout(ctx, b.Call)
	defer cancel()
	more, err := call(bounded, n)
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	return more, err
}
