package proptest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
)

// These are the smallest replays of faults that the simulation has found.

func newCore() *core.Core {
	return core.New(core.Settings{
		Incarnation: "own", Lease: 30 * time.Second, Renewal: 10 * time.Second,
		Retry: 5 * time.Second, Timeout: 5 * time.Second, Drain: 30 * time.Second,
	})
}

func seconds(s float64) core.Instant { return core.Instant(s * float64(time.Second)) }

func leaseOf(incarnation string, attempt, fence uint64, left time.Duration) stores.Lease {
	return stores.Lease{
		Election: "found", TimeLeft: left,
		Tenure: stores.Tenure{Attempt: stores.Attempt{Incarnation: incarnation, Number: attempt}, Fence: fence},
	}
}

// The timers that are due run before the notice, and one of them ends the subscription that it came from.
func TestANoticeAfterItsSubscriptionEndedInTheSameStep(t *testing.T) {
	c := newCore()
	c.Step(seconds(0), &core.Input{Kind: core.InputCampaign, Work: true})
	c.Step(seconds(0), &core.Input{Kind: core.InputReply, Call: 1, Lease: leaseOf("own", 1, 10, 30*time.Second)})
	c.Step(seconds(1), &core.Input{Kind: core.InputStop})
	require.Equal(t, lifecycle.StateStopping, c.State())
	out := c.Step(seconds(31), &core.Input{Kind: core.InputNotice, Notice: stores.Notice{Kind: stores.NoticeMissed}})
	require.Equal(t, lifecycle.StateAbandoned, c.State())
	require.NoError(t, out.Err)
}

// The attempt's lease had nearly run out when the repetition was answered, and somebody else's fence was heard of
// before that answer. The store has kept its contract.
func TestALateAnswerUnderAnOldFenceIsNoFaultOfTheStore(t *testing.T) {
	c := newCore()
	c.Step(seconds(0), &core.Input{Kind: core.InputCampaign})
	c.Step(seconds(5), &core.Input{Kind: core.InputTick})
	out := c.Step(seconds(10), &core.Input{Kind: core.InputTick})
	require.Equal(t, core.ActionSend, out.Actions[len(out.Actions)-1].Kind)
	held := stores.Notice{Kind: stores.NoticeHeld, Lease: leaseOf("other", 1, 20, 30*time.Second)}
	c.Step(seconds(11), &core.Input{Kind: core.InputNotice, Notice: held})
	out = c.Step(seconds(12), &core.Input{Kind: core.InputReply, Call: 2, Lease: leaseOf("own", 1, 10, 5*time.Millisecond)})
	require.Equal(t, lifecycle.StateReleasing, c.State())
	require.NoError(t, out.Err)
}

// A new tenure under the fence of this participant's last one is against the contract.
func TestANewAttemptUnderItsOwnOldFence(t *testing.T) {
	c := newCore()
	c.Step(seconds(0), &core.Input{Kind: core.InputCampaign})
	c.Step(seconds(0), &core.Input{Kind: core.InputReply, Call: 1, Lease: leaseOf("own", 1, 10, 30*time.Second)})
	c.Step(seconds(1), &core.Input{Kind: core.InputResign})
	c.Step(seconds(1), &core.Input{Kind: core.InputReply, Call: 2})
	c.Step(seconds(2), &core.Input{Kind: core.InputCampaign})
	c.Step(seconds(12), &core.Input{Kind: core.InputTick})
	out := c.Step(seconds(12), &core.Input{Kind: core.InputReply, Call: 3, Lease: leaseOf("own", 2, 10, 30*time.Second)})
	require.False(t, out.Stale)
	require.False(t, c.Leads(seconds(12)))
	var fault *core.StoreFaultError
	require.ErrorAs(t, out.Err, &fault)
}
