package proptest

// clock is a clock that runs at its own rate. All in nanoseconds: at true time t it reads offset + t + t x ppm / 10^6.
type clock struct {
	offset, ppm int64
}

const million = 1_000_000

// at returns what the clock reads at a true time.
func (c clock) at(t int64) int64 { return c.offset + t + t*c.ppm/million }

// when returns the first true time at which the clock reads this much or more.
func (c clock) when(reading int64) int64 {
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
