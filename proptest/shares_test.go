package proptest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestQuantilesAreThoseOfTheSamples(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		samples := rapid.SliceOfN(rapid.Float64Range(0, 0.999), 1, 200).Draw(t, "samples")
		part := rapid.Float64Range(0.01, 1).Draw(t, "part")
		var one, two, all Shares
		for i, share := range samples {
			all.add(share)
			if i%3 == 0 {
				one.add(share)
			} else {
				two.add(share)
			}
		}
		one.Add(&two)
		require.Equal(t, all, one)
		slices.Sort(samples)
		rank := 0
		for float64(rank+1) < part*float64(len(samples)) {
			rank++
		}
		quantile := all.Quantile(part)
		require.LessOrEqual(t, samples[rank], quantile)
		require.InDelta(t, samples[rank], quantile, 1.01/sharesPerBound)
	})
}

func TestSharesBeyondTheBound(t *testing.T) {
	var s Shares
	require.Zero(t, s.Quantile(0.5))
	s.add(7)
	require.Equal(t, uint64(1), s.Count())
	require.Greater(t, s.Quantile(0.5), 1.0)
}
