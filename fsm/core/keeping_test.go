package core_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
)

// keeping are the states in which a lease is kept, with the command that leads there from leading.
var keeping = []struct {
	state, afterLoss lifecycle.State
	by               core.InputKind
}{
	{lifecycle.StateLeading, lifecycle.StateDraining, core.InputTick},
	{lifecycle.StateDraining, lifecycle.StateDraining, core.InputResign},
	{lifecycle.StateStopping, lifecycle.StateStopping, core.InputStop},
}

// leadingAtWork returns a participant that leads under fence 1 from 0 s on, with a workload that runs.
func leadingAtWork(t *testing.T) *participant {
	t.Helper()
	p := newParticipant(t)
	p.command(core.InputStart)
	p.answer(p.call, 1, 30*time.Second)
	require.True(t, p.step("a workload registers", core.Input{Kind: core.InputWorkBegan, Fence: 1}).Accepted)
	return p
}

// next is when time alone changes something.
func (p *participant) next() time.Duration { return time.Duration(p.core.NextWake()) }

func TestTheLeaseIsKeptAsLongAsTheWorkloadRuns(t *testing.T) {
	for _, c := range keeping {
		t.Run(c.state.String(), func(t *testing.T) {
			p := leadingAtWork(t)
			p.at(time.Second).command(c.by)
			require.Equal(t, 10*time.Second, p.next(), "`renewal` after the acquire was sent")
			p.at(10 * time.Second)
			require.Equal(t, core.OpRenew, p.call.Op)
			p.at(12*time.Second).answer(p.call, 1, 30*time.Second)
			require.Equal(t, 20*time.Second, p.next(), "`renewal` after the last was sent")
			p.at(22*time.Second).refuse(p.call, errors.New("down"))
			require.Equal(t, 27*time.Second, p.next(), "`retry` after it failed")
			p.at(27 * time.Second)
			require.Equal(t, core.OpRenew, p.call.Op)
			require.Equal(t, c.state, p.core.State())
		})
	}
}

func TestAfterALossNothingIsRenewed(t *testing.T) {
	for _, c := range keeping {
		t.Run(c.state.String(), func(t *testing.T) {
			p := leadingAtWork(t)
			p.at(time.Second).command(core.InputRenew)
			p.command(c.by)
			p.refuse(p.call, &stores.LostError{})
			require.Equal(t, c.afterLoss, p.core.State())
			require.Equal(t, 31*time.Second, p.next(), "the drain limit is all that is waited for, besides the workload")
		})
	}
}
