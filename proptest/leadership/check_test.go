package leadership_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/proptest/leadership"
)

// see is an event of a participant whose incarnation has its name, between two positions.
func see(kind leadership.Kind, who string, fence, begin, end uint64) leadership.Event {
	e := leadership.Event{
		Kind: kind, Election: "reports", Participant: who, Incarnation: who, Fence: fence, Begin: begin, End: end,
		At: time.Date(2026, 1, 1, 0, 0, int(end), 0, time.UTC),
	}
	if kind == leadership.Admitted || kind == leadership.Refused {
		e.Resource = "ledger"
	}
	return e
}

// right is a handover with all that can be seen of one.
func right() []leadership.Event {
	return []leadership.Event{
		see(leadership.NotLed, "b", 0, 0, 1),
		see(leadership.Gained, "a", 10, 5, 5),
		see(leadership.Led, "a", 10, 2, 3),
		see(leadership.Admitted, "a", 10, 6, 6),
		see(leadership.Led, "a", 10, 7, 8),
		see(leadership.NotLed, "a", 10, 9, 10),
		see(leadership.NotLed, "a", 0, 11, 12),
		see(leadership.Lost, "a", 10, 20, 20),
		see(leadership.Gained, "b", 11, 15, 15),
		see(leadership.Led, "b", 11, 13, 14),
		see(leadership.Admitted, "b", 11, 16, 16),
		see(leadership.Refused, "a", 10, 17, 18),
		see(leadership.Led, "b", 11, 21, 22),
	}
}

func TestARightHistoryPassesInAnyOrder(t *testing.T) {
	events := right()
	require.NoError(t, leadership.Check(events))
	slices.Reverse(events)
	require.NoError(t, leadership.Check(events))
}

func TestLooksThatProveNothingPass(t *testing.T) {
	for name, events := range map[string][]leadership.Event{
		"two single looks that overlap": {see(leadership.Led, "a", 10, 1, 4), see(leadership.Led, "b", 11, 2, 3)},
		"a look that reaches out of the other's stretch": {
			see(leadership.Led, "a", 10, 1, 2), see(leadership.Led, "b", 11, 3, 7), see(leadership.Led, "a", 10, 5, 6),
		},
		"an end that was seen while the look went on": {
			see(leadership.Led, "a", 10, 1, 2), see(leadership.NotLed, "a", 10, 3, 5), see(leadership.Led, "a", 10, 4, 6),
		},
		"a look at nobody from before the tenure": {
			see(leadership.NotLed, "a", 0, 1, 5), see(leadership.Led, "a", 10, 2, 3), see(leadership.Led, "a", 10, 6, 7),
		},
		"a refusal because of a later tenure that has not written": {
			see(leadership.Led, "a", 10, 1, 2), see(leadership.Refused, "a", 10, 3, 4), see(leadership.Gained, "b", 11, 5, 5),
		},
	} {
		t.Run(name, func(t *testing.T) { require.NoError(t, leadership.Check(events)) })
	}
}

// Each planted fault is what one wrong elector, store or resource would show, added to a right history or in place of it.
func TestEachPlantedFaultIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		rule   leadership.Rule
		events []leadership.Event
	}{
		"two stretches overlap": {leadership.TwoLeaders, []leadership.Event{
			see(leadership.Led, "a", 10, 1, 2), see(leadership.Led, "b", 11, 3, 4),
			see(leadership.Led, "a", 10, 5, 6), see(leadership.Led, "b", 11, 7, 8),
		}},
		"a look inside of a stretch": {leadership.TwoLeaders, []leadership.Event{
			see(leadership.Led, "b", 11, 1, 2), see(leadership.Led, "a", 10, 3, 4), see(leadership.Led, "b", 11, 5, 6),
		}},
		"two processes with one participant's name": {leadership.TwoLeaders, append(right(), leadership.Event{
			Kind: leadership.Led, Election: "reports", Participant: "a", Incarnation: "a again", Fence: 12, Begin: 4, End: 5,
		})},
		"a fence that went back":                    {leadership.FenceOrder, append(right(), see(leadership.Led, "c", 9, 30, 31))},
		"one fence for two":                         {leadership.FenceOrder, append(right(), see(leadership.Led, "c", 11, 30, 31))},
		"a gain under the incarnation's last fence": {leadership.FenceOrder, append(right(), see(leadership.Gained, "a", 10, 30, 30))},
		"two gains without a loss":                  {leadership.GainAndLoss, append(right(), see(leadership.Gained, "b", 12, 30, 30))},
		"a loss without a gain":                     {leadership.GainAndLoss, append(right(), see(leadership.Lost, "c", 12, 30, 30))},
		"two losses for one gain":                   {leadership.GainAndLoss, append(right(), see(leadership.Lost, "a", 10, 30, 30))},
		"the loss of another tenure":                {leadership.GainAndLoss, append(right(), see(leadership.Lost, "b", 12, 30, 30))},
		"a tenure that was seen to be over":         {leadership.LedAgain, append(right(), see(leadership.Led, "a", 10, 11, 12))},
		"a tenure whose loss was told":              {leadership.LedAgain, append(right(), see(leadership.Led, "a", 10, 40, 41))},
		"an elector that led nothing in between": {leadership.LedAgain, []leadership.Event{
			see(leadership.Led, "a", 10, 1, 2), see(leadership.NotLed, "a", 0, 3, 4), see(leadership.Led, "a", 10, 5, 6),
		}},
		"a late write that was admitted":   {leadership.Writes, append(right(), see(leadership.Admitted, "a", 10, 19, 19))},
		"a write under nobody's fence":     {leadership.Writes, append(right(), see(leadership.Admitted, "c", 12, 19, 19))},
		"a leader's write that is refused": {leadership.Writes, append(right(), see(leadership.Refused, "b", 11, 19, 20))},
	} {
		t.Run(name, func(t *testing.T) {
			err := leadership.Check(c.events)
			require.ErrorIs(t, err, leadership.ErrViolated)
			var broken []leadership.Rule
			for _, v := range violations(err) {
				broken = append(broken, v.Rule)
				require.Equal(t, "reports", v.Election)
				require.NotEmpty(t, v.Events)
				require.Contains(t, v.Error(), `"reports"`)
				for _, e := range v.Events {
					require.Contains(t, v.Error(), e.String())
				}
			}
			require.Contains(t, broken, c.rule, err)
		})
	}
}

// violations are those that an error of Check joins.
func violations(err error) (all []*leadership.ViolationError) {
	for _, one := range err.(interface{ Unwrap() []error }).Unwrap() {
		if v, ok := errors.AsType[*leadership.ViolationError](one); ok {
			all = append(all, v)
		}
	}
	return all
}

func TestElectionsAreCheckedApart(t *testing.T) {
	other := right()
	for i := range other {
		other[i].Election = "mail"
		if other[i].Fence > 0 {
			other[i].Fence++ // a of the one has the fence that b has in the other
		}
	}
	require.NoError(t, leadership.Check(append(right(), other...)))
	wrong := append(append(right(), see(leadership.Led, "c", 9, 30, 31)), other...)
	require.Len(t, violations(leadership.Check(wrong)), 1)
}

func TestAHistoryInWhichNobodyLedIsNoProof(t *testing.T) {
	require.ErrorIs(t, leadership.Check(nil), leadership.ErrNobodyLed)
	require.ErrorIs(t, leadership.Check([]leadership.Event{see(leadership.NotLed, "a", 0, 1, 2)}), leadership.ErrNobodyLed)
	require.ErrorIs(t, (&leadership.History{}).Check(), leadership.ErrNobodyLed)
}
