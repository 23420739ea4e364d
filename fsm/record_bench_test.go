package fsm

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/stores/memory"
)

// BenchmarkAHandledMessage is what one message costs: the core's step by itself, the same through the seam of the
// recorder, and all that the elector does with it. Without the tag tenure_record the first two are one.
func BenchmarkAHandledMessage(b *testing.B) {
	tick := func() message { return message{input: core.Input{Kind: core.InputTick}} }
	b.Run("core", func(b *testing.B) {
		e, m := handling(b), tick()
		for b.Loop() {
			e.core.Step(e.elapsed.advance(e.clock.Now()), &m.input)
		}
	})
	b.Run("seam", func(b *testing.B) {
		e, m := handling(b), tick()
		for b.Loop() {
			e.cfg.step(e.core, e.elapsed.advance(e.clock.Now()), &m.input)
		}
	})
	b.Run("elector", func(b *testing.B) {
		e, m := handling(b), tick()
		for b.Loop() {
			e.handle(&m)
		}
	})
}

// handling returns an elector whose mailbox is the test's own to work off.
func handling(tb testing.TB) *Elector {
	tb.Helper()
	e, err := New(memory.New(), Config{Election: "bench", Lease: DefaultLease})
	require.NoError(tb, err)
	return e
}
