package proptest

import (
	"fmt"
	"slices"

	"github.com/tenure-go/tenure/gen/lifecycle"
)

// FullBudget is how many seeds it takes to reach all that can be reached, the rarest a few times.
const FullBudget = 8000

// nothingToWithdraw are the states in which no caller waits: the core forgets every wish when it is met, or when it stops.
var nothingToWithdraw = []lifecycle.State{
	lifecycle.StateIdle, lifecycle.StateLeading, lifecycle.StateStopping, lifecycle.StateAbandoned,
	lifecycle.StateLeaving, lifecycle.StateClosed,
}

// Reachable tells whether a row of the table can be taken: it is not forbidden, and some caller can bring it about.
func Reachable(state lifecycle.State, event lifecycle.Event) bool {
	if event == lifecycle.EventWithdraw && slices.Contains(nothingToWithdraw, state) {
		return false
	}
	return lifecycle.Lookup(state, event).Verdict != lifecycle.Forbidden
}

// Unreached names what never happened and could have within the assumptions: rows of the table, faults, and what else
// must be reached.
func (s *Stats) Unreached() (names []string) {
	for state := range lifecycle.State(lifecycle.StateCount) {
		for event := range lifecycle.Event(lifecycle.EventCount) {
			if Reachable(state, event) && s.Taken[state][event] == 0 {
				names = append(names, fmt.Sprintf("the row of %s in %s", event, state))
			}
		}
	}
	for effect, n := range s.Effects() {
		if n == 0 {
			names = append(names, fmt.Sprintf("the effect %s", lifecycle.Effect(effect))) //nolint:gosec // few
		}
	}
	for r, n := range s.Reached {
		if n == 0 && !Reach(r).Beyond() { //nolint:gosec // few
			names = append(names, fmt.Sprintf("the witness %s", Reach(r))) //nolint:gosec // few
		}
	}
	for kind, n := range s.Faults {
		if n == 0 {
			names = append(names, fmt.Sprintf("the fault %q", FaultKind(kind))) //nolint:gosec // few kinds
		}
	}
	for r := range Reach(ReachCount) {
		if !r.Beyond() && s.Reached[r] == 0 {
			names = append(names, r.String())
		}
	}
	return names
}
