package demo

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/fsm/clock"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path) //nolint:gosec // a name from this file
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// TestSummaries shows what a person and a program read at the end of a run.
func TestSummaries(t *testing.T) {
	broken := healthy()
	broken.lead("p3", 350, 2600, 2650)
	broken.Over = 9000 * step
	for name, run := range map[string]struct {
		records *records
		cut     error
	}{
		"held":        {healthy(), nil},
		"broken":      {broken, nil},
		"interrupted": {&records{}, ErrInterrupted},
	} {
		t.Run(name, func(t *testing.T) {
			report := audit(&run.records.evidence, testLimits, run.cut != nil)
			var text, lines bytes.Buffer
			summarise(&printer{out: &text}, false, &run.records.evidence, report, run.cut)
			summarise(&printer{out: &lines}, true, &run.records.evidence, report, run.cut)
			golden(t, name+".golden", text.String())
			golden(t, name+".jsonl", lines.String())
		})
	}
}

func TestColourOnlyPaints(t *testing.T) {
	r := healthy()
	report := audit(&r.evidence, testLimits, false)
	var bare, painted bytes.Buffer
	summarise(&printer{out: &bare}, false, &r.evidence, report, nil)
	summarise(&printer{out: &painted, colour: true}, false, &r.evidence, report, nil)
	require.NotContains(t, bare.String(), "\x1b")
	require.Contains(t, painted.String(), green+"#"+plain)
	without := painted.Bytes()
	for _, code := range []string{red, green, yellow, bold, plain} {
		without = bytes.ReplaceAll(without, []byte(code), nil)
	}
	require.Equal(t, bare.String(), string(without))
}

func TestTheResourceRefusesOldFences(t *testing.T) {
	j := newJournal()
	r := &resource{journal: j}
	for _, w := range []struct {
		by     string
		fence  uint64
		accept bool
	}{{"a", 5, true}, {"a", 5, true}, {"b", 5, false}, {"b", 4, false}, {"b", 6, true}, {"a", 5, false}} {
		require.Equal(t, w.accept, r.write(by(w.by), w.fence), w)
	}
	require.Len(t, j.snapshot().Writes, 6)
}

// TestAPauseHoldsUpTimers: a timer that is due in a pause fires when the pause is over, and the clock shows the time.
func TestAPauseHoldsUpTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcess()
		c := processClock{Clock: clock.System(), process: p}
		start, fired := c.Now(), false
		c.AfterFunc(time.Second, func() { fired = true })
		p.freeze()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		require.False(t, fired)
		require.Equal(t, 3*time.Second, c.Now().Since(start))
		p.thaw()
		synctest.Wait()
		require.True(t, fired)
	})
}

func newTestLink() (*link, *journal) {
	j := newJournal()
	l := newLink(memory.New(), j, newProcess())
	l.self = by("p1")
	return l, j
}

var request = stores.AcquireRequest{
	Election: "demo", Participant: "p1", Attempt: stores.Attempt{Incarnation: "of p1", Number: 1}, Lease: time.Second,
}

// TestAPauseHoldsUpCalls: the answer of a call waits for the end of the pause, also beyond its context's.
func TestAPauseHoldsUpCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, j := newTestLink()
		l.process.freeze()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		answered := false
		go func() {
			_, err := l.Acquire(ctx, request)
			answered = true
			if err == nil {
				t.Error("a call that was sent after its context had ended cannot be granted")
			}
		}()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.False(t, answered)
		require.Empty(t, j.snapshot().Calls)
		l.process.thaw()
		synctest.Wait()
		require.True(t, answered)
		require.GreaterOrEqual(t, j.snapshot().Calls[0].Sent, 2*time.Second)
	})
}

// TestACutLosesCallsAndWakeUps: calls hang until their context ends and never reach the store, a subscription ends, and
// all of it comes back with the link.
func TestACutLosesCallsAndWakeUps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, j := newTestLink()
		notices, err := l.Watch(t.Context(), "demo")
		require.NoError(t, err)
		l.cut()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		before := j.now()
		_, err = l.Acquire(ctx, request)
		require.ErrorIs(t, err, errCutOff)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, time.Second, j.now()-before)
		_, open := <-notices
		require.False(t, open)
		_, err = l.Watch(t.Context(), "demo")
		require.ErrorIs(t, err, errCutOff)

		l.heal()
		notices, err = l.Watch(t.Context(), "demo")
		require.NoError(t, err)
		lease, err := l.Acquire(t.Context(), request)
		require.NoError(t, err)
		require.Equal(t, stores.NoticeHeld, (<-notices).Kind)
		require.Equal(t, call{who: by("p1"), Op: "acquire", Fence: lease.Fence, Sent: time.Second, Returned: time.Second,
			Reached: true, OK: true}, j.snapshot().Calls[4])
	})
}

// TestTheDeadAreNotHeard: calls fail at once, and nothing heals the link.
func TestTheDeadAreNotHeard(t *testing.T) {
	l, j := newTestLink()
	l.sever()
	l.heal()
	_, err := l.Release(t.Context(), "demo", stores.Tenure{Attempt: request.Attempt, Fence: 1})
	require.ErrorIs(t, err, errCutOff)
	_, err = l.Get(t.Context(), "demo")
	require.ErrorIs(t, err, errCutOff)
	for _, c := range j.snapshot().Calls {
		require.False(t, c.Reached)
	}
}
