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
	elapsed := reading - c.offset
	// Dividing first loses a few nanoseconds and cannot overflow; the loops take them back.
	t := elapsed - elapsed/(million+c.ppm)*c.ppm
	for c.at(t) >= reading {
		t--
	}
	for c.at(t) < reading {
		t++
	}
	return t
}
