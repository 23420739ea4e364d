package proptest_test

import (
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
)

// What the documents say of each state, and promise to callers in it. None of it decides who leads, so no check of the
// simulation looks at it.
var (
	// outside are the states of a participant that was not asked to take part, or was asked to stop.
	outside = []lifecycle.State{
		lifecycle.StateIdle, lifecycle.StateStopping, lifecycle.StateAbandoned, lifecycle.StateLeaving, lifecycle.StateClosed,
	}
	// ended are those of them in which nothing is watched any more.
	ended = []lifecycle.State{lifecycle.StateIdle, lifecycle.StateAbandoned, lifecycle.StateClosed}
	// waits are the states of waiting for a workload.
	waits = []lifecycle.State{
		lifecycle.StateDraining, lifecycle.StateStopping, lifecycle.StateOverdue, lifecycle.StateAbandoned,
	}
	// sends are the states in which each call may be sent.
	sends = map[core.Op][]lifecycle.State{
		core.OpAcquire: {lifecycle.StateAcquiring},
		core.OpRenew:   {lifecycle.StateLeading, lifecycle.StateDraining, lifecycle.StateStopping},
		core.OpRelease: {lifecycle.StateReleasing, lifecycle.StateLeaving},
		core.OpGet:     {lifecycle.StateFollowing},
	}
)

// serves tells whether a command must not be refused in a state.
func serves(state lifecycle.State, command lifecycle.Event) bool {
	switch command {
	case lifecycle.EventStart:
		return !slices.Contains(outside, state) || state == lifecycle.StateIdle || state == lifecycle.StateAbandoned
	case lifecycle.EventCampaign:
		return !slices.Contains(outside, state) || state == lifecycle.StateIdle
	case lifecycle.EventTry:
		clearing := slices.Contains(waits, state) || state == lifecycle.StateReleasing
		return serves(state, lifecycle.EventCampaign) && !clearing
	case lifecycle.EventRenew:
		return state.Leading()
	case lifecycle.EventClose:
		return slices.Contains(ended, state)
	default:
		return command.Source() == lifecycle.SourceCommand
	}
}

// checkState holds the participant after a step against what its state says.
func (l *lone) checkState(o *core.Output) {
	for _, s := range o.Steps {
		if s.Verdict == lifecycle.Forbidden {
			require.False(l.t, serves(s.From, s.Event), "%s is refused in %s", s.Event, s.From)
			continue
		}
		switch s.Event {
		case lifecycle.EventStart, lifecycle.EventTry, lifecycle.EventCampaign:
			l.takesPart = true
		case lifecycle.EventStop, lifecycle.EventInvalid:
			l.takesPart = false
		case lifecycle.EventClose:
			l.closed = true
		default:
		}
	}
	state := l.core.State()
	require.Equal(l.t, l.takesPart, !slices.Contains(outside, state), "it takes part, in %s", state)
	require.Equal(l.t, l.closed, state == lifecycle.StateClosed, "it was closed, in %s", state)
	require.Equal(l.t, !slices.Contains(ended, state), l.subscribed, "wake-ups are asked for, in %s", state)
	if slices.Contains(waits, state) {
		require.NotZero(l.t, l.works, "a workload runs, in %s", state)
	} else if state != lifecycle.StateIdle && state != lifecycle.StateClosed {
		require.NotEqual(l.t, core.Never, l.core.NextWake(), "something is under way, in %s", state)
	}
	for _, a := range o.Actions {
		if a.Kind == core.ActionSend {
			require.Contains(l.t, sends[a.Call.Op], o.Steps[a.Row].To, "the states in which %s is sent", a.Call.Op)
		}
	}
}
