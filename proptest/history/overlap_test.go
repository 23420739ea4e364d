package history_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/proptest/history"
	"github.com/tenure-go/tenure/stores"
)

// at places a call among the events of a history; all at one instant.
func at(sent, answered uint64, op history.Operation) history.Operation {
	op.Election, op.Sent, op.Answered = "e", sent, answered
	return op
}

func granted(who string, fence uint64) history.Operation {
	return history.Operation{Call: history.Acquire, Outcome: history.Yes, Leases: []stores.Lease{lease(who, fence, 100*ms)},
		Request: stores.AcquireRequest{Election: "e", Participant: who, Lease: 100 * ms, Attempt: stores.Attempt{Incarnation: who, Number: 1}}}
}

func released(who string, fence uint64, freed bool) history.Operation {
	op := history.Operation{Call: history.Release, Outcome: history.No, Tenure: lease(who, fence, 0).Tenure}
	if freed {
		op.Outcome = history.Yes
	}
	return op
}

func seen(who string, fence uint64) history.Operation {
	return history.Operation{Call: history.Get, Outcome: history.Yes, Leases: []stores.Lease{lease(who, fence, 100*ms)}}
}

var vacant = history.Operation{Call: history.Get, Outcome: history.No}

// Calls at once take effect in any order, and calls one after the other in theirs.
func TestWhatCallsAtOnceCanTell(t *testing.T) {
	for name, c := range map[string]struct {
		calls []history.Operation
		ok    bool
	}{
		"two are granted at once":                    {[]history.Operation{at(1, 3, granted("a", 1)), at(2, 4, granted("b", 2))}, false},
		"two are granted, and between them one went": {[]history.Operation{at(1, 4, granted("a", 1)), at(2, 6, granted("b", 2)), at(3, 5, released("a", 1, true))}, true},
		"the one that went did so too late":          {[]history.Operation{at(1, 2, granted("a", 1)), at(3, 4, granted("b", 2)), at(5, 6, released("a", 1, true))}, false},
		"fences against the order of the grants": {[]history.Operation{
			at(1, 2, granted("a", 2)), at(3, 4, released("a", 2, true)), at(5, 6, granted("b", 1)),
		}, false},
		"fences against the order of the answers": {[]history.Operation{
			at(1, 6, granted("a", 2)), at(2, 3, granted("b", 1)), at(4, 5, released("b", 1, true)),
		}, true},
		"a look before, beside a grant":  {[]history.Operation{at(1, 4, granted("a", 1)), at(2, 3, vacant)}, true},
		"a look after, beside a grant":   {[]history.Operation{at(1, 4, granted("a", 1)), at(2, 3, seen("a", 1))}, true},
		"a look after the grant":         {[]history.Operation{at(1, 2, granted("a", 1)), at(3, 4, vacant)}, false},
		"looks beside a grant":           {[]history.Operation{at(1, 6, granted("a", 1)), at(2, 3, vacant), at(4, 5, seen("a", 1))}, true},
		"looks beside a grant, backward": {[]history.Operation{at(1, 6, granted("a", 1)), at(2, 3, seen("a", 1)), at(4, 5, vacant)}, false},
		"one lease is freed twice": {[]history.Operation{
			at(1, 2, granted("a", 1)), at(3, 5, released("a", 1, true)), at(4, 6, released("a", 1, true)),
		}, false},
		"one lease is freed by one of two": {[]history.Operation{
			at(1, 2, granted("a", 1)), at(3, 5, released("a", 1, false)), at(4, 6, released("a", 1, true)),
		}, true},
		"one lease is freed by none of two": {[]history.Operation{
			at(1, 2, granted("a", 1)), at(3, 5, released("a", 1, false)), at(4, 6, released("a", 1, false)),
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := history.Check(c.calls, history.Options{})
			if c.ok {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, history.ErrViolated)
			}
		})
	}
}
