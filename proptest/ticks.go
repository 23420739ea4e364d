package proptest

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tenure-go/tenure/fsm"
)

// tick is the unit of time in runs that are held against the model, where everything lasts whole ticks. It is the least
// margin, so that a margin is one tick.
const tick = 10 * time.Millisecond

// The timings of the runs that are recorded, in ticks, as the model has them: one lease time for all, and clocks that
// lose at most one tick in the time of a lease.
const (
	LeaseTicks  = 12
	MarginTicks = 1
	GraceTicks  = 2
	DriftTicks  = 1

	renewalTicks, timeoutTicks, retryTicks = 3, 2, 2
	// maxLives is how many incarnations there are at most in one run: the model carries them all from its beginning.
	maxLives = 6
)

// drawTickPlan draws a short run full of trouble, in whole ticks.
func drawTickPlan(r *rand.Rand) plan {
	p := plan{prompt: r.IntN(4) == 0, stubborn: r.IntN(2) == 0, resolve: 10, overrun: 6}
	for i := range 2 + r.IntN(2) {
		cfg := fsm.Config{
			Election: election, Participant: fmt.Sprintf("p%d", i),
			Lease: LeaseTicks * tick, Grace: GraceTicks * tick,
			Renewal: renewalTicks * tick, Timeout: timeoutTicks * tick, Retry: retryTicks * tick,
			Drain: time.Duration(2+r.IntN(4)) * tick, Jitter: 1,
		}
		p.configs = append(p.configs, cfg)
		p.shy = append(p.shy, i > 0 && r.IntN(3) == 0)
	}
	p.slowest = slowest(p.configs)
	p.scriptEvery = time.Duration((1 + 4*r.Float64()) * float64(tick))
	p.chaosEvery = time.Duration((5 + 30*r.Float64()) * float64(tick))
	p.net = drawProfile(r)
	switch r.IntN(6) {
	case 0:
		p.net.reject = 0.3
	case 1:
		p.net.slow, p.net.late = 0.4, 0.4
	case 2:
		// Attempts are repeated until little of the lease is left, or until the last caller who wanted to lead gives up.
		p.net.loseReply, p.net.slow, p.resolve = 0.6, 0.5, 2
		for i := range p.shy {
			p.shy[i] = true
		}
	case 3, 4:
		// Nothing is lost, so that there are tenures to end, and workloads that outlast them.
		p.net, p.prompt = profile{}, false
	}
	p.faultsEnd = int64(30+r.IntN(50)) * int64(tick)
	p.calm = p.faultsEnd
	return p
}

// drawTickClock draws a clock that shows whole ticks at whole ticks. Most lose one now and then, as a slow clock does; what
// a fast one does, which gives up sooner, needs no place in the model.
func drawTickClock(r *rand.Rand) clock {
	c := clock{offset: r.Int64N(1_000_000) * int64(tick)}
	if r.IntN(4) > 0 {
		c.every = (LeaseTicks + 1 + r.Int64N(2*LeaseTicks)) * int64(tick)
		c.phase = r.Int64N(c.every/int64(tick)) * int64(tick)
	}
	return c
}

// tickJitter draws jitters of whole ticks, for a retry of two.
type tickJitter struct{ *dice }

// Float64 returns 0 or a half.
func (j tickJitter) Float64() float64 { return float64(j.IntN(2)) / retryTicks }
