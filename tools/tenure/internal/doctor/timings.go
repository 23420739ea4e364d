package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/tools/tenure/internal/latency"
)

// speeds are how long calls take: a bare round trip, and one write as renewals are.
type speeds struct{ trip, write latency.Summary }

// patience bounds the measuring of each kind.
const patience = 3 * time.Second

// speed measures the round trip and a write, which may take longer: where the server writes to its disk first, or where
// replicas are waited for.
func (e *examination) speed(ctx context.Context) error {
	var err error
	if e.speeds.trip, err = e.measure(ctx, func(ctx context.Context) error { return e.Client.Ping(ctx).Err() }); err != nil {
		return err
	}
	e.speeds.write, err = e.measure(ctx, e.write)
	if errors.Is(err, errShort) {
		e.tell(Check{
			Fault, "speed", "", fmt.Sprintf("a write has not reached the %d of -replicas within %v", e.Store.Replicas, replicaTimeout(e.Store)),
			"no grant counts, and no renewal", "see whether the replicas lag; a longer -timeout, of which half is for them; or fewer -replicas",
		})
	} else if err != nil {
		return err
	}
	if e.speeds.trip.N > 0 {
		e.ok("speed", "round trip: "+e.speeds.trip.String())
	}
	if e.speeds.write.N > 0 {
		e.ok("speed", "write: "+e.speeds.write.String())
	}
	return nil
}

// write sets the key that is ours, and waits for replicas where one server has them.
func (e *examination) write(ctx context.Context) error {
	node, single := e.Client.(*goredis.Client)
	if e.Store.Replicas == 0 || !single {
		return e.Client.Set(ctx, e.key, "1", e.lifetime()).Err()
	}
	pipe := node.Pipeline()
	set := pipe.Set(ctx, e.key, "1", e.lifetime())
	wait := goredis.NewIntCmd(ctx, "wait", e.Store.Replicas, replicaTimeout(e.Store).Milliseconds())
	if err := pipe.Process(ctx, wait); err != nil {
		return err
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return err
	}
	if int(wait.Val()) < e.Store.Replicas {
		return errShort
	}
	return set.Err()
}

// errShort is for a write that took as long as may be waited for replicas, which says nothing about others.
var errShort = errors.New("too few replicas")

// measure times calls until there are enough or they have taken long enough. One that the server refuses is not measured.
func (e *examination) measure(ctx context.Context, call func(context.Context) error) (latency.Summary, error) {
	var times []time.Duration
	for begin := time.Now(); len(times) < e.Samples && time.Since(begin) < patience; {
		took, err := e.timed(ctx, call)
		switch {
		case answered(err):
			return latency.Summary{}, nil
		case err != nil:
			return latency.Summary{}, err
		}
		times = append(times, took)
	}
	return latency.Of(times), nil
}

func (e *examination) timed(ctx context.Context, call func(context.Context) error) (time.Duration, error) {
	ctx, cancel := e.bounded(ctx)
	defer cancel()
	sent := time.Now()
	err := call(ctx)
	return time.Since(sent), err
}

// timings judges the settings of the electors, by themselves and by what was measured.
func (e *examination) timings(context.Context) error {
	given := e.Timings
	if given.Election == "" {
		given.Election = "doctor" // The name is required, and is not looked at here.
	}
	faults := invalid(given.Validate())
	for _, fault := range faults {
		e.tell(setting("timings", fault).advised(given))
	}
	c := given.WithDefaults()
	if len(faults) == 0 {
		e.ok("timings", fmt.Sprintf("lease %v, renewal %v, retry %v, timeout %v, grace %v, drain %v fit each other",
			c.Lease, c.Renewal, c.Retry, c.Timeout, c.Grace, c.Drain))
	}
	if slowest := e.slowest(); slowest.N > 0 && c.Timeout > 0 {
		e.tell(judgeTimeout(given, slowest))
	}
	if len(faults) == 0 {
		f := c.Failover()
		e.ok("failover", fmt.Sprintf("without a leader at most: %v at a handover, %v after a crash, %v at the worst",
			f.Handover, f.Crash, f.Worst))
	}
	return nil
}

// advised adds what would do where the timings do not fit each other.
func (c Check) advised(given elector.Config) Check {
	fitting, ok := fit(given)
	if !ok || !strings.HasPrefix(c.What, "Lease") {
		return c
	}
	c.Change = fmt.Sprintf("-lease %v, or a shorter -timeout, -renewal, -retry or -grace", fitting.Lease)
	return c
}

func (e *examination) slowest() latency.Summary {
	if e.speeds.write.P99 >= e.speeds.trip.P99 {
		return e.speeds.write
	}
	return e.speeds.trip
}

// A timeout should be several times what calls take at their slowest, since one that runs out has an unknown outcome; with
// less than twice that, it runs out again and again.
const (
	enough = 5
	bare   = 2
)

// judgeTimeout compares the limit of a call with what calls take.
func judgeTimeout(given elector.Config, slowest latency.Summary) Check {
	timeout := given.WithDefaults().Timeout
	what := fmt.Sprintf("timeout %v is %s the p99 of a call, %v", timeout, times(timeout, slowest.P99), latency.Round(slowest.P99))
	check := Check{
		Advice, "timings", "", what, fmt.Sprintf("it should be at least %d times: a call that runs out of time has an unknown outcome", enough),
		recommend(given, slowest),
	}
	switch {
	case timeout >= enough*slowest.P99:
		return Check{Verdict: OK, Topic: "timings", What: what}
	case timeout < bare*slowest.P99:
		check.Verdict = Fault
		check.Why = "calls run out of time while all is well, and leaders step down"
	}
	return check
}

func times(timeout, call time.Duration) string {
	const beyondInterest = 1000
	ratio := float64(timeout) / float64(max(call, 1))
	if ratio > beyondInterest {
		return fmt.Sprintf("more than %d times", beyondInterest)
	}
	return fmt.Sprintf("%.3g times", ratio)
}

// recommend names the settings that would do.
func recommend(given elector.Config, slowest latency.Summary) string {
	wanted := upTo(enough * slowest.P99)
	with := given
	with.Timeout = wanted
	fitting, ok := fit(with)
	switch {
	case !ok:
		return fmt.Sprintf("-timeout %v, which no lease has room for", wanted)
	case fitting.Lease == given.WithDefaults().Lease:
		return fmt.Sprintf("-timeout %v", wanted)
	}
	return fmt.Sprintf("-timeout %v -lease %v", wanted, fitting.Lease)
}

// fit lengthens the lease until the settings fit each other.
func fit(c elector.Config) (elector.Config, bool) {
	if c.Election == "" {
		c.Election = "doctor"
	}
	for lease := c.WithDefaults().Lease; lease > 0 && lease <= stores.MaxLease; lease = upTo(lease + time.Millisecond) {
		c.Lease = lease
		if c.Validate() == nil {
			return c, true
		}
	}
	return c, false
}

// upTo rounds up to two digits and whole milliseconds, for people.
func upTo(d time.Duration) time.Duration {
	unit := time.Millisecond
	for d >= 100*unit {
		unit *= 10
	}
	return (d + unit - 1).Truncate(unit)
}
