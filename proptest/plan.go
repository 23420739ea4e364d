package proptest

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tenure-go/tenure/fsm"
	"github.com/tenure-go/tenure/gen/lifecycle"
)

// The bounds of what is drawn.
const (
	maxParticipants = 5
	shortestLease   = time.Second
	longestLease    = 30 * time.Second
	// maxDrift is how far a clock's rate is off, in 10^-6. Two such clocks differ by less than the margin's 1 %.
	maxDrift = 4000
)

// plan is what a run is like, drawn before it begins.
type plan struct {
	configs []fsm.Config
	// shy participants are never started: they lead only for callers who try or campaign.
	shy []bool
	// slowest has the greatest of each of the participants' timings.
	slowest fsm.Config
	net     profile
	// resolve: a caller gives up, where an attempt is repeated, one in so many times. overrun: by how much of the drain
	// limit a workload may overrun it.
	resolve int
	overrun float64
	// prompt: every workload returns within its grace. stubborn: the store ignores the end of a call's context.
	prompt, stubborn bool
	// noWakeUps: the store has none. abrupt: the faults end at once, and the calm begins with what they left behind.
	noWakeUps, abrupt bool
	// What is taken out of a part of a run: late and slow messages, late timers, callers who give up because an attempt is
	// repeated.
	neverLate, neverSlow, punctual, steady bool
	// scriptEvery and chaosEvery are the mean times between commands, and between faults that last for a while.
	scriptEvery, chaosEvery time.Duration
	// faultsEnd is when the last fault ends and the last command is given; at calm, nothing of them is left.
	faultsEnd, calm int64
}

func drawPlan(r *rand.Rand) plan {
	p := plan{prompt: r.IntN(2) == 0, stubborn: r.IntN(2) == 0, resolve: 10, overrun: 0.6}
	lease := drawLease(r)
	namesakes := r.IntN(3) == 0
	for i := range 2 + r.IntN(maxParticipants-1) {
		if i > 0 && r.IntN(4) == 0 {
			lease = drawLease(r)
		}
		name := fmt.Sprintf("p%d", i)
		if namesakes {
			name = "namesake"
		}
		p.configs = append(p.configs, drawConfig(r, name, lease, i > 0 && r.IntN(4) == 0))
		p.shy = append(p.shy, i > 0 && r.IntN(3) == 0)
	}
	p.slowest = slowest(p.configs)
	unit := float64(p.slowest.Lease)
	p.scriptEvery = time.Duration(unit * (0.05 + 2*r.Float64()*r.Float64()))
	p.chaosEvery = time.Duration(unit * (0.2 + 4*r.Float64()*r.Float64()))
	p.net = drawProfile(r)
	p.noWakeUps, p.abrupt = r.IntN(4) == 0, r.IntN(2) == 0
	p.faultsEnd = int64(unit * (20 + 30*r.Float64()))
	p.calm = p.faultsEnd + int64(3*p.slowest.Lease+2*p.slowest.Drain)
	return p
}

func drawLease(r *rand.Rand) time.Duration {
	u := r.Float64()
	return shortestLease + time.Duration(u*u*float64(longestLease-shortestLease)).Truncate(time.Millisecond)
}

// drawConfig draws settings that are valid.
func drawConfig(r *rand.Rand, name string, lease time.Duration, manual bool) fsm.Config {
	cfg := fsm.Config{Election: election, Participant: name, Lease: lease, Manual: manual}
	if r.IntN(4) > 0 {
		cfg.Jitter = [...]float64{fsm.NoJitter, 0.1, 0.5, 1}[r.IntN(4)]
		if r.IntN(2) == 0 {
			cfg.Grace = part(r, lease, 0.02, 0.3)
		}
		room := lease - lifecycle.Margin(lease) - cfg.Grace
		cfg.Renewal = part(r, room, 0.15, 0.6)
		room -= cfg.Renewal
		cfg.Timeout = part(r, room, 0.1, 0.4)
		cfg.Retry = part(r, room-2*cfg.Timeout, 0.1, 1)
		cfg.Drain = part(r, lease, 0.2, 1.5)
		if manual {
			cfg.Timeout = part(r, room+cfg.Renewal, 0.1, 1)
		}
	}
	return cfg.WithDefaults()
}

func part(r *rand.Rand, of time.Duration, least, most float64) time.Duration {
	return time.Duration((least + (most-least)*r.Float64()) * float64(of))
}

// drawProfile draws how bad the network is: from not at all to very.
func drawProfile(r *rand.Rand) profile {
	chance := func(most float64) float64 {
		u := r.Float64()
		return most * u * u
	}
	p := profile{
		loseRequest: chance(0.3), loseReply: chance(0.3), duplicate: chance(0.3), slow: chance(0.4), late: chance(0.2),
		failBefore: chance(0.2), failAfter: chance(0.2), loseNotice: chance(1), lateNotice: chance(0.5),
	}
	if r.IntN(6) == 0 {
		// Nearly nobody learns what became of a try, so attempts are repeated until little of the lease is left.
		p.loseReply = 0.3 + 0.6*r.Float64()
	}
	if r.IntN(3) == 0 {
		p.reject = chance(0.3)
	}
	if r.IntN(4) == 0 {
		return profile{loseNotice: p.loseNotice}
	}
	return p
}

func slowest(configs []fsm.Config) fsm.Config {
	s := configs[0]
	for _, c := range configs[1:] {
		s.Lease, s.Renewal, s.Retry = max(s.Lease, c.Lease), max(s.Renewal, c.Renewal), max(s.Retry, c.Retry)
		s.Timeout, s.Grace, s.Drain = max(s.Timeout, c.Timeout), max(s.Grace, c.Grace), max(s.Drain, c.Drain)
		s.Jitter = max(s.Jitter, c.Jitter)
	}
	return s
}

// drawClock draws a clock, often one that is as fast or slow as may be.
func drawClock(r *rand.Rand, bound int64) clock {
	ppm := r.Int64N(2*bound+1) - bound
	switch r.IntN(3) {
	case 0:
		ppm = bound
	case 1:
		ppm = -bound
	}
	return clock{offset: r.Int64N(int64(1000 * time.Hour)), ppm: ppm}
}
