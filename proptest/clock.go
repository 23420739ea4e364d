package proptest

// clock is a clock that runs at its own rate. All in nanoseconds: at true time t it reads offset + t + t x ppm / 10^6.
// Where every is set, it loses a tick in each such time instead, first at every - phase.
type clock struct {
	offset, ppm  int64
	every, phase int64
}

const million = 1_000_000

// at returns what the clock reads at a true time.
func (c clock) at(t int64) int64 {
	if c.every > 0 {
		return c.offset + t - (t+c.phase)/c.every*int64(tick)
	}
	return c.offset + t + t*c.ppm/million
}

// when returns the first true time at which the clock reads this much or more.
func (c clock) when(reading int64) int64 {
	if c.every > 0 {
		return c.whenTicking(reading)
	}
	t := c.near(reading)
	for c.at(t) >= reading {
		t--
	}
	for c.at(t) < reading {
		t++
	}
	return t
}

// near is when, but for a nanosecond or two. Whole parts are divided first and then the rest, so that nothing overflows.
func (c clock) near(reading int64) int64 {
	elapsed, rate := reading-c.offset, million+c.ppm
	return elapsed - elapsed/rate*c.ppm - elapsed%rate*c.ppm/rate
}

// whenTicking is when for a clock that loses ticks, at whole ticks.
func (c clock) whenTicking(reading int64) int64 {
	t := max(reading-c.offset, 0)
	for c.at(t) < reading {
		t += int64(tick)
	}
	return t
}
