package clock_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/fsm/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestElapsedIsTheLargerOfMonotonicAndWallTime(t *testing.T) {
	start := clock.Reading{Mono: time.Hour, Wall: 100 * time.Hour}
	for name, c := range map[string]struct {
		mono, wall, want time.Duration
	}{
		"both move":              {time.Second, time.Second, time.Second},
		"suspended":              {0, time.Minute, time.Minute},
		"set forward":            {time.Second, time.Hour, time.Hour},
		"set back":               {time.Second, -time.Hour, time.Second},
		"set back, then no time": {0, -time.Hour, 0},
	} {
		now := clock.Reading{Mono: start.Mono + c.mono, Wall: start.Wall + c.wall}
		require.Equal(t, c.want, now.Since(start), name)
	}
}

func TestTheSystemClockShowsBothClocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.System()
		before := c.Now()
		require.Equal(t, time.Duration(time.Now().UnixNano()), before.Wall)
		ran := false
		c.AfterFunc(time.Second, func() { ran = true })
		stopped := c.AfterFunc(time.Second, func() { t.Error("a stopped timer ran") })
		require.True(t, stopped.Stop())
		time.Sleep(time.Second)
		synctest.Wait()
		require.True(t, ran)
		require.Equal(t, before.Add(time.Second), c.Now())
	})
}

func TestTheManualClockRunsFunctionsAtTheirInstantsInOrder(t *testing.T) {
	c := clock.NewManual(time.Unix(1000, 0))
	var ran []string
	at := func(d time.Duration, name string) clock.Timer {
		return c.AfterFunc(d, func() { ran = append(ran, fmt.Sprint(name, " at ", c.Time().Unix())) })
	}
	at(3*time.Second, "third")
	at(time.Second, "first")
	never := at(2*time.Second, "never")
	c.AfterFunc(2*time.Second, func() { at(500*time.Millisecond, "added") })
	require.True(t, never.Stop())
	require.False(t, never.Stop())
	require.Equal(t, 3, c.Waiting())
	c.Advance(10 * time.Second)
	require.Equal(t, []string{"first at 1001", "added at 1002", "third at 1003"}, ran)
	require.Zero(t, c.Waiting())
}

func TestASuspendMovesTheWallClockOnly(t *testing.T) {
	c := clock.NewManual(time.Unix(1000, 0))
	before := c.Now()
	c.AfterFunc(time.Second, func() { t.Error("a timer ran while the machine was suspended") })
	c.Suspend(time.Hour)
	require.Equal(t, before.Mono, c.Now().Mono)
	require.Equal(t, time.Hour, c.Now().Since(before))
	c.StepWall(-2 * time.Hour)
	require.Zero(t, c.Now().Since(before))
}

func ExampleManual() {
	c := clock.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	c.AfterFunc(time.Minute, func() { fmt.Println("a minute later:", c.Time().Format(time.TimeOnly)) })
	c.Advance(time.Hour)
	fmt.Println(c.Time().Format(time.TimeOnly))
	// Output:
	// a minute later: 00:01:00
	// 01:00:00
}
