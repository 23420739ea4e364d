//go:build tenure_record

package fsm

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores/memory"
)

func TestARecorderTakesDownEachInputAsItWas(t *testing.T) {
	cfg := Config{Election: "x", Lease: time.Minute, Jitter: 1}
	cfg.Record = &Recorder{}
	e, err := New(memory.New(), cfg)
	require.NoError(t, err)
	_, err = e.Campaign(t.Context())
	require.NoError(t, err)
	require.NoError(t, e.Stop(t.Context()))

	inputs := cfg.Record.Inputs
	require.Equal(t, e.Incarnation(), cfg.Record.Settings.Incarnation)
	require.Equal(t, core.InputCampaign, inputs[0].Input.Kind)
	require.Equal(t, lifecycle.StateAcquiring, inputs[0].State)
	require.Equal(t, lifecycle.StateIdle, inputs[len(inputs)-1].State)
	for i, r := range inputs {
		if i > 0 {
			require.GreaterOrEqual(t, r.Now, inputs[i-1].Now)
		}
	}
}

// BenchmarkARecordedMessage is what a message costs where it is taken down.
func BenchmarkARecordedMessage(b *testing.B) {
	e, m := handling(b), message{input: core.Input{Kind: core.InputTick}}
	e.cfg.Record = &Recorder{}
	for b.Loop() {
		e.handle(&m)
		e.cfg.Record.Inputs = e.cfg.Record.Inputs[:0]
	}
}
