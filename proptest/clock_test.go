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

// A timer that is set anew is where the last setting put it, and comes once.
func TestTimersTakeTheirTurn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a agenda
		var plain agenda // a heap alone, in which the events that count have their last time
		for range 3 {
			a.addTimer()
		}
		last := map[int16]event{}
		for n := range rapid.IntRange(0, 30).Draw(t, "events") {
			e := event{at: rapid.Int64Range(0, 20).Draw(t, "at"), ref: int32(n), kind: evScript}
			if who := int16(rapid.IntRange(-3, 2).Draw(t, "who")); who >= 0 {
				e.who, e.kind = who, evTick
				a.setTimer(e)
				last[who] = e
			} else {
				a.push(e)
			}
			plain.push(e)
		}
		if who := rapid.IntRange(0, 2).Draw(t, "stopped"); rapid.Bool().Draw(t, "stops") {
			a.stopTimer(who)
			delete(last, int16(who))
		}
		a.push(event{at: 100})
		plain.push(event{at: 100})
		for len(plain.heap) > 0 {
			want := plain.pop()
			if set, is := last[want.who]; want.kind == evTick && (!is || set.ref != want.ref) {
				continue
			}
			require.Equal(t, want, a.pop())
		}
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
