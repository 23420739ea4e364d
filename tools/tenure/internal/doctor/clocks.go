package doctor

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/tools/tenure/internal/latency"
)

// reading is of a server's clock: what it showed at some instant within off of at, which is this machine's.
type reading struct {
	server, at time.Time
	off        time.Duration
}

const (
	// readingsEach are made at once, and the quickest counts.
	readingsEach = 5
	// tolerable is how far wall clocks may be from each other before it is worth a word.
	tolerable = time.Second
)

func (e *examination) firstTime(ctx context.Context) error {
	for _, node := range e.nodes {
		r, err := e.read(ctx, node)
		switch {
		case answered(err):
			continue // Without the command there are no leases, which is said elsewhere.
		case err != nil:
			return err
		}
		e.readings[called(node)] = r
	}
	return nil
}

func (e *examination) secondTime(ctx context.Context) error {
	for _, node := range e.nodes {
		addr := called(node)
		first, ok := e.readings[addr]
		if !ok {
			continue
		}
		if err := sleep(ctx, e.Apart-time.Since(first.at)); err != nil {
			return err
		}
		second, err := e.read(ctx, node)
		if err != nil {
			return err
		}
		for _, check := range []Check{judgeOffset(second), judgeRate(first, second)} {
			check.Server = addr
			e.tell(check)
		}
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// read reads a server's clock. The server looked at it somewhere between the sending and the answer.
func (e *examination) read(ctx context.Context, node *goredis.Client) (best reading, err error) {
	for range readingsEach {
		sent := time.Now()
		answer, err := e.ask(ctx, node, "time")
		if err != nil {
			return reading{}, err
		}
		half := time.Since(sent) / 2
		server, err := instant(answer)
		if err != nil {
			return reading{}, err
		}
		if best.server.IsZero() || half < best.off {
			best = reading{server: server, at: sent.Add(half), off: half}
		}
	}
	return best, nil
}

var errNoTime = errors.New("the server's TIME is not what TIME answers with")

func instant(answer any) (time.Time, error) {
	parts, ok := answer.([]any)
	if !ok || len(parts) != 2 {
		return time.Time{}, errNoTime
	}
	seconds, err1 := strconv.ParseInt(fmt.Sprint(parts[0]), 10, 64)
	micros, err2 := strconv.ParseInt(fmt.Sprint(parts[1]), 10, 64)
	if errors.Join(err1, err2) != nil {
		return time.Time{}, errNoTime
	}
	return time.Unix(seconds, micros*1000), nil
}

// judgeOffset compares wall clocks. Leases do not, so that it is never more than advice.
func judgeOffset(r reading) Check {
	offset := r.server.Sub(r.at)
	what := fmt.Sprintf("the server's clock is %s this machine's, give or take %v", apartBy(offset, r.off), latency.Round(r.off))
	if offset.Abs()-r.off <= tolerable {
		return Check{Verdict: OK, Topic: "clocks", What: what}
	}
	return Check{
		Advice, "clocks", "", what,
		"leases do not compare the two, but fences are above the server's clock, and a server that takes over with a clock a day " +
			"behind refuses those who remember them; and logs do not fit together",
		"keep both clocks right (NTP), and let them be slewed, not stepped",
	}
}

func apartBy(offset, off time.Duration) string {
	switch {
	case offset.Abs() <= off:
		return "at"
	case offset < 0:
		return latency.Round(-offset).String() + " behind"
	}
	return latency.Round(offset).String() + " ahead of"
}

// judgeRate compares how fast the clocks run: the server's, by which leases end, and this machine's monotonic one, by which
// deadlines do.
func judgeRate(first, second reading) Check {
	here := second.at.Sub(first.at)
	there := second.server.Sub(first.server)
	percent := func(d time.Duration) float64 { return 100 * float64(d) / float64(here) }
	rate, off := percent(there-here), percent(first.off+second.off)
	what := fmt.Sprintf("the server's clock runs at %.2f %% of this machine's, give or take %.2f %%, over %v",
		100+rate, off, latency.Round(here))
	const why = "the margin of a deadline covers 1 %; beyond, a second one may lead before the first one's deadline"
	switch {
	case max(rate, -rate)-off > lifecycle.MarginPercent:
		return Check{Fault, "clocks", "", what, why, "see whether a clock was stepped just now (then run doctor again), or runs wrong"}
	case off > lifecycle.MarginPercent:
		return Check{Advice, "clocks", "", what, "the round trip is too long to tell whether the rates agree within 1 %",
			"run doctor nearer to the server"}
	}
	return Check{Verdict: OK, Topic: "clocks", What: what}
}
