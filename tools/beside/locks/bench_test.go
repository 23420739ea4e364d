package locks

import (
	"context"
	"slices"
	"testing"
	"time"
)

// measure runs step, with its allocations, and tells the median and the 95th percentile beside the mean: what is between
// them is the noise of a round trip.
func measure(b *testing.B, step func() error) {
	b.Helper()
	if err := step(); err != nil { // the first loads scripts
		b.Fatal(err)
	}
	took := make([]time.Duration, 0, 1<<20)
	b.ReportAllocs()
	for last := time.Now(); b.Loop(); {
		if err := step(); err != nil {
			b.Fatal(err)
		}
		now := time.Now()
		if len(took) < cap(took) {
			took = append(took, now.Sub(last))
		}
		last = now
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(took[len(took)*95/100].Nanoseconds()), "p95-ns")
}

// Ping is the floor: a round trip that does nothing.
func BenchmarkPing(b *testing.B) {
	client, _ := contenders(b)
	var ctx context.Context = limited{b.Context()}
	measure(b, func() error { return client.Ping(ctx).Err() })
}

func BenchmarkRenew(b *testing.B) {
	_, all := contenders(b)
	for _, c := range all {
		b.Run(c.name, func(b *testing.B) { measure(b, c.renew(limited{b.Context()}, b)) })
	}
}

func BenchmarkAcquireAndRelease(b *testing.B) {
	_, all := contenders(b)
	for _, c := range all {
		b.Run(c.name, func(b *testing.B) { measure(b, c.cycle(limited{b.Context()}, b)) })
	}
}
