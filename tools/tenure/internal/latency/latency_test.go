package latency_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/tools/tenure/internal/latency"
)

func TestSummary(t *testing.T) {
	var hundred []time.Duration
	for i := range 100 {
		hundred = append(hundred, time.Duration(100-i)*time.Millisecond)
	}
	for name, c := range map[string]struct {
		times []time.Duration
		want  latency.Summary
	}{
		"none": {},
		"one":  {[]time.Duration{7}, latency.Summary{N: 1, Median: 7, P95: 7, P99: 7, Max: 7}},
		"a hundred, out of order": {hundred, latency.Summary{
			N: 100, Median: 50 * time.Millisecond, P95: 95 * time.Millisecond, P99: 99 * time.Millisecond, Max: 100 * time.Millisecond,
		}},
		"two: the median is one that was measured": {[]time.Duration{9, 1}, latency.Summary{N: 2, Median: 1, P95: 9, P99: 9, Max: 9}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, latency.Of(c.times)) })
	}
}

func TestRoundLeavesThreeDigits(t *testing.T) {
	for given, want := range map[string]string{
		"0s": "0s", "999ns": "999ns", "1234ns": "1.23µs", "68432ns": "68.4µs", "123456ns": "123µs", "12345678ns": "12.3ms",
		"1234567890ns": "1.23s", "-1234567ns": "-1.23ms", "12.3456789s": "12.3s", "123.456s": "123s", "1h2m3.4s": "1h2m3s",
	} {
		d, err := time.ParseDuration(given)
		require.NoError(t, err)
		text, err := time.ParseDuration(want)
		require.NoError(t, err)
		require.Equal(t, text, latency.Round(d), given)
	}
}
