package proptest

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestClockThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := clock{
			offset: rapid.Int64Range(-1e15, 2e18).Draw(t, "offset"),
			ppm:    rapid.Int64Range(-20_000, 20_000).Draw(t, "ppm"),
		}
		reading := c.offset + rapid.Int64Range(0, 1e14).Draw(t, "elapsed")
		at := c.when(reading)
		require.GreaterOrEqual(t, c.at(at), reading)
		require.Less(t, c.at(at-1), reading, "an earlier time would do")
		require.InDelta(t, 0, at-c.near(reading), 2, "the search would be a long one")
	})
}

func TestAgendaIsInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a agenda
		for _, at := range rapid.SliceOf(rapid.Int64Range(0, 20)).Draw(t, "times") {
			a.push(event{at: at})
		}
		var last event
		for len(a.heap) > 0 {
			next := a.pop()
			require.True(t, last.before(&next))
			last = next
		}
	})
}
