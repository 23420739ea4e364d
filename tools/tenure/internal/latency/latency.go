// Package latency says how long calls took.
package latency

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Summary is what many measured times come to.
type Summary struct {
	N                     int
	Median, P95, P99, Max time.Duration
}

// Of summarises times, which it sorts.
func Of(times []time.Duration) Summary {
	if len(times) == 0 {
		return Summary{}
	}
	slices.Sort(times)
	return Summary{
		N: len(times), Median: percentile(times, 50), P95: percentile(times, 95), P99: percentile(times, 99),
		Max: times[len(times)-1],
	}
}

// percentile is the least of sorted times that is not exceeded by that share of them.
func percentile(times []time.Duration, percent float64) time.Duration {
	rank := int(math.Ceil(percent / 100 * float64(len(times))))
	return times[max(rank, 1)-1]
}

// String shows the times for people.
func (s Summary) String() string {
	return fmt.Sprintf("median %v, p95 %v, p99 %v, max %v of %d", Round(s.Median), Round(s.P95), Round(s.P99), Round(s.Max), s.N)
}

// Round leaves three digits, which is more than a measurement is worth.
func Round(d time.Duration) time.Duration {
	unit := time.Nanosecond
	for d.Abs() >= 1000*unit && unit < time.Second {
		unit *= 10
	}
	return d.Round(unit)
}
