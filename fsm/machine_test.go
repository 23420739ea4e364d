package fsm_test

import (
	"context"
	"testing"

	looplab "github.com/looplab/fsm"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/fsm"
	"github.com/tenure-go/tenure/gen/lifecycle"
	description "github.com/tenure-go/tenure/gen/lifecycle/looplab"
)

// The traps of looplab/fsm v1.0.3, each as it is and as the machine handles it.

func TestACancelledContextDoesNotWedgeTheMachine(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	raw := looplab.NewFSM(description.Initial, description.Events(), nil)
	require.Error(t, raw.Event(cancelled, "start"))
	require.Error(t, raw.Event(context.Background(), "start"), "the trap: no further event is taken")

	machine, err := fsm.NewMachine(lifecycle.StateIdle)
	require.NoError(t, err)
	verdict, err := machine.Fire(lifecycle.EventStart)
	require.NoError(t, err)
	require.Equal(t, lifecycle.Moves, verdict)
}

func TestATransitionToTheSameStateIsASuccess(t *testing.T) {
	raw := looplab.NewFSM("following", description.Events(), nil)
	require.ErrorAs(t, raw.Event(context.Background(), "withdraw"), new(looplab.NoTransitionError), "the trap")

	machine, err := fsm.NewMachine(lifecycle.StateFollowing)
	require.NoError(t, err)
	verdict, err := machine.Fire(lifecycle.EventWithdraw)
	require.NoError(t, err)
	require.Equal(t, lifecycle.Moves, verdict)
	require.Equal(t, lifecycle.StateFollowing, machine.State())
}

func TestNoPairStandsTwiceInTheDescription(t *testing.T) {
	twice := looplab.NewFSM("a", looplab.Events{
		{Name: "go", Src: []string{"a"}, Dst: "b"}, {Name: "go", Src: []string{"a"}, Dst: "c"},
	}, nil)
	require.NoError(t, twice.Event(context.Background(), "go"))
	require.Equal(t, "c", twice.Current(), "the trap: the second one wins without a word")

	seen := map[[2]string]bool{}
	for _, e := range description.Events() {
		for _, from := range e.Src {
			require.False(t, seen[[2]string{from, e.Name}], "%s on %s", e.Name, from)
			seen[[2]string{from, e.Name}] = true
		}
	}
}

func TestTheMachineHasNoCallbacksThatCouldBeMisspeltOrCancel(t *testing.T) {
	ran := false
	raw := looplab.NewFSM(description.Initial, description.Events(), looplab.Callbacks{
		"enter_folowing": func(context.Context, *looplab.Event) { ran = true },
		"leave_idle":     func(_ context.Context, e *looplab.Event) { e.Cancel() },
	})
	require.Error(t, raw.Event(context.Background(), "start"), "the trap: leave_ can cancel what the table says")
	require.False(t, ran, "the trap: a misspelt callback is ignored")

	// The machine is made without callbacks, so every transition of the table is taken.
	machine, err := fsm.NewMachine(lifecycle.StateIdle)
	require.NoError(t, err)
	_, err = machine.Fire(lifecycle.EventStart)
	require.NoError(t, err)
	require.Equal(t, lifecycle.StateFollowing, machine.State())
}

func TestAForbiddenEventIsATypedErrorAndChangesNothing(t *testing.T) {
	machine, err := fsm.NewMachine(lifecycle.StateIdle)
	require.NoError(t, err)
	_, err = machine.Fire(lifecycle.EventGranted)
	var forbidden *fsm.ForbiddenError
	require.ErrorAs(t, err, &forbidden)
	require.Equal(t, "tenure: granted is forbidden in state idle", err.Error())
	require.Equal(t, lifecycle.StateIdle, machine.State())
	_, err = machine.Fire(lifecycle.EventStart)
	require.NoError(t, err, "a refused event leaves the machine usable")
}

func TestThereIsNoMachineInAStateThatIsNotInTheTable(t *testing.T) {
	_, err := fsm.NewMachine(lifecycle.State(lifecycle.StateCount))
	require.Error(t, err)
}

func BenchmarkMachineFire(b *testing.B) {
	machine, err := fsm.NewMachine(lifecycle.StateFollowing)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := machine.Fire(lifecycle.EventWithdraw); err != nil {
			b.Fatal(err)
		}
	}
}
