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

// observe lets the participant take part without a wish to lead.
func (p *participant) observe() {
	p.t.Helper()
	p.step("it observes", core.Input{Kind: core.InputStart})
	require.Equal(p.t, core.OpGet, p.call.Op)
}

func (p *participant) withdraw() {
	p.t.Helper()
	p.step("a campaign ends", core.Input{Kind: core.InputWithdraw})
}

// overdue resigns with a workload that does not return within the drain limit of 30 s.
func (p *participant) overdue() {
	p.t.Helper()
	p.step("a workload registers", core.Input{Kind: core.InputWorkBegan, Fence: 1})
	p.command(core.InputResign)
	p.at(30 * time.Second)
	require.Equal(p.t, lifecycle.StateOverdue, p.core.State())
}

// found answers a look-up.
func (p *participant) found(left time.Duration) {
	p.t.Helper()
	lease := stores.Lease{Election: "reports", Participant: "b", TimeLeft: left, Tenure: stores.Tenure{Fence: 7}}
	lease.Incarnation = "b1"
	p.step("the store says who leads", core.Input{Kind: core.InputReply, Call: p.call.Number, Lease: lease})
}

// When the next turn comes. The times are those of [settings]: a retry after 5 s, no jitter, a margin of 1 %.
func TestTurns(t *testing.T) {
	const retry, left, margin = 5 * time.Second, 20 * time.Second, 200 * time.Millisecond
	down := errors.New("down")
	for name, c := range map[string]struct {
		play func(p *participant)
		next time.Duration
	}{
		"a look that failed is repeated after a pause": {func(p *participant) {
			p.observe()
			p.at(2*time.Second).refuse(p.call, down)
		}, 2*time.Second + retry},
		"who observes looks again when the lease may have ended": {func(p *participant) {
			p.observe()
			p.at(2 * time.Second).found(left)
		}, 2*time.Second + left + margin},
		"news of the leader put the turn off": {func(p *participant) {
			p.observe()
			p.found(time.Second)
			lease := stores.Lease{TimeLeft: left, Tenure: stores.Tenure{Fence: 8}}
			p.at(time.Second).step("informed", core.Input{
				Kind: core.InputNotice, Notice: stores.Notice{Kind: stores.NoticeHeld, Lease: lease},
			})
		}, time.Second + left + margin},
		"who wants to lead now waits for the end of the lease": {func(p *participant) {
			p.observe()
			p.found(left)
			p.at(7 * time.Second).command(core.InputStart)
		}, left + margin},
		"a campaign that was given up leaves a look at the end of the lease": {func(p *participant) {
			p.command(core.InputCampaign)
			p.refuse(p.call, held(7, left))
			p.at(time.Second).command(core.InputCampaign)
			require.Equal(p.t, retry, p.next(), "at the floor")
			p.withdraw()
			p.withdraw()
		}, left + margin},
		"a refusal of what nobody wants any more tells who leads": {func(p *participant) {
			p.command(core.InputCampaign)
			p.at(time.Second).withdraw()
			p.at(2*time.Second).refuse(p.call, held(7, left))
		}, 2*time.Second + left + margin},
		"who only observes looks no sooner after its workload was overdue": {func(p *participant) {
			p.command(core.InputCampaign)
			p.answer(p.call, 1, 30*time.Second)
			p.overdue()
			p.step("the workload returns", core.Input{Kind: core.InputWorkDone})
			p.found(left)
		}, 30*time.Second + left + margin},
		"others have their turn after a release": {func(p *participant) {
			p.command(core.InputStart)
			p.answer(p.call, 1, 30*time.Second)
			p.at(9 * time.Second).command(core.InputResign)
			p.refuse(p.call, nil)
		}, 9*time.Second + retry},
		"others have their turn after a release that failed for good": {func(p *participant) {
			p.command(core.InputStart)
			p.answer(p.call, 1, 30*time.Second)
			p.at(6 * time.Second).command(core.InputResign)
			p.refuse(p.call, down)
			p.at(6*time.Second+retry).refuse(p.call, down)
		}, 6*time.Second + 2*retry},
		"others have their turn after a tenure that nobody ended": {func(p *participant) {
			p.command(core.InputStart)
			p.answer(p.call, 1, 30*time.Second)
			p.at(2 * time.Second).command(core.InputRenew)
			p.refuse(p.call, &stores.LostError{})
			require.Equal(p.t, core.OpRenew, p.call.Op, "nothing else was sent since")
		}, 2*time.Second + retry},
	} {
		t.Run(name, func(t *testing.T) {
			p := newParticipant(t)
			c.play(p)
			sent := p.call.Number
			require.Equal(t, c.next, p.next(), p.text.String())
			p.at(c.next)
			require.Equal(t, sent+1, p.call.Number, "it tries or looks then")
		})
	}
}

// Where nothing speaks against it, a turn comes at once.
func TestTurnsAtOnce(t *testing.T) {
	for name, play := range map[string]func(p *participant){
		"who wants to lead now, and knows of no leader": func(p *participant) {
			p.observe()
			p.at(2*time.Second).refuse(p.call, stores.ErrVacant)
			p.command(core.InputStart)
		},
		"a workload that was overdue has returned": func(p *participant) {
			p.command(core.InputStart)
			p.answer(p.call, 1, 30*time.Second)
			p.overdue()
			p.step("the workload returns", core.Input{Kind: core.InputWorkDone})
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newParticipant(t)
			play(p)
			require.Equal(t, lifecycle.StateAcquiring, p.core.State())
		})
	}
}
