package core_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
)

var update = flag.Bool("update", false, "rewrite the golden transcripts")

// participant drives a core by hand, with a lease of 30 s and the settings derived from it, and writes a transcript.
type participant struct {
	t    *testing.T
	core *core.Core
	now  core.Instant
	call core.Call
	text strings.Builder
}

func settings() core.Settings {
	return core.Settings{
		Incarnation: "a1",
		Lease:       30 * time.Second, Renewal: 10 * time.Second, Retry: 5 * time.Second, Timeout: 5 * time.Second,
		Drain: 30 * time.Second,
	}
}

func newParticipant(t *testing.T, change ...func(*core.Settings)) *participant {
	t.Helper()
	set := settings()
	for _, c := range change {
		c(&set)
	}
	return &participant{t: t, core: core.New(set)}
}

// at moves the time to this instant, running what becomes due on the way.
func (p *participant) at(d time.Duration) *participant {
	p.t.Helper()
	for wake := p.core.NextWake(); wake <= core.Instant(d); wake = p.core.NextWake() {
		p.now = wake
		p.step("time", core.Input{Kind: core.InputTick})
	}
	p.now = core.Instant(d)
	return p
}

func (p *participant) step(what string, in core.Input) *core.Output {
	p.t.Helper()
	out := p.core.Step(p.now, &in)
	fmt.Fprintf(&p.text, "%8.3fs %s\n", time.Duration(p.now).Seconds(), what)
	for i, s := range out.Steps {
		fmt.Fprintf(&p.text, "          %s: %s -> %s (%s)\n", s.Event, s.From, s.To, s.Verdict)
		for _, a := range out.Actions {
			if a.Row == i || i == 0 && a.Row < 0 {
				fmt.Fprintf(&p.text, "            %s\n", describe(a))
			}
		}
	}
	for _, a := range out.Actions {
		if a.Kind == core.ActionSend {
			p.call = a.Call
		}
	}
	return out
}

func describe(a core.Action) string {
	switch a.Kind {
	case core.ActionSend:
		return fmt.Sprintf("send call %d: %s attempt %d fence %d, wait until %.3fs",
			a.Call.Number, a.Call.Op, a.Call.Tenure.Number, a.Call.Tenure.Fence, time.Duration(a.Call.Limit).Seconds())
	case core.ActionAbandon:
		return fmt.Sprintf("abandon call %d", a.Call.Number)
	case core.ActionLead, core.ActionExtend:
		return fmt.Sprintf("lead until %.3fs under fence %d", time.Duration(a.Deadline).Seconds(), a.Lease.Fence)
	case core.ActionDemote, core.ActionCancelWork, core.ActionLost:
		names := map[core.ActionKind]string{
			core.ActionDemote: "lead no longer", core.ActionCancelWork: "cancel the workload", core.ActionLost: "announce the loss",
		}
		return fmt.Sprintf("%s: %s", names[a.Kind], a.Reason)
	case core.ActionGained:
		return "announce the gain"
	case core.ActionWatch:
		return "watch"
	case core.ActionUnwatch:
		return "unwatch"
	}
	return "?"
}

func (p *participant) command(kind core.InputKind) *core.Output {
	p.t.Helper()
	return p.step("command", core.Input{Kind: kind, Lead: true})
}

// answer answers a call with a lease of this fence and this time left.
func (p *participant) answer(call core.Call, fence uint64, left time.Duration) *core.Output {
	p.t.Helper()
	lease := stores.Lease{
		Election: "reports", Participant: "a", Tenure: stores.Tenure{Attempt: call.Tenure.Attempt, Fence: fence}, TimeLeft: left,
	}
	return p.step(fmt.Sprintf("answer to call %d: fence %d, %v left", call.Number, fence, left),
		core.Input{Kind: core.InputReply, Call: call.Number, Lease: lease})
}

func (p *participant) refuse(call core.Call, err error) *core.Output {
	p.t.Helper()
	return p.step(fmt.Sprintf("answer to call %d: %v", call.Number, err),
		core.Input{Kind: core.InputReply, Call: call.Number, Err: err})
}

func (p *participant) leads() bool { return p.core.Leads(p.now) }

func held(fence uint64, left time.Duration) error {
	return &stores.HeldError{Lease: stores.Lease{
		Election: "reports", Participant: "b",
		Tenure: stores.Tenure{Attempt: stores.Attempt{Incarnation: "b1", Number: 1}, Fence: fence}, TimeLeft: left,
	}}
}

func TestTheDeadlineCountsFromTheSendOfTheVeryCallThatWasAnswered(t *testing.T) {
	p := newParticipant(t)
	p.at(time.Second).command(core.InputStart)
	p.at(4*time.Second).answer(p.call, 1, 30*time.Second)
	require.True(t, p.leads())
	require.Equal(t, core.Instant(time.Second+30*time.Second-300*time.Millisecond), p.core.Deadline())
}

func TestTheGraceMakesTheDeadlineEarlier(t *testing.T) {
	p := newParticipant(t, func(s *core.Settings) { s.Grace = 2 * time.Second })
	p.command(core.InputStart)
	p.answer(p.call, 1, 30*time.Second)
	require.Equal(t, core.Instant(30*time.Second-300*time.Millisecond-2*time.Second), p.core.Deadline())
}

func TestAnAnswerToAnEarlierSendOfTheSameAttemptIsDropped(t *testing.T) {
	p := newParticipant(t)
	p.command(core.InputStart)
	first := p.call
	p.at(10 * time.Second) // timed out at 5 s, repeated at 10 s
	require.NotEqual(t, first.Number, p.call.Number)
	require.Equal(t, first.Tenure, p.call.Tenure, "the same attempt")
	require.True(t, p.answer(first, 1, 30*time.Second).Stale)
	require.False(t, p.leads())
	p.at(11*time.Second).answer(p.call, 1, 20*time.Second)
	require.True(t, p.leads())
	require.Equal(t, core.Instant(10*time.Second+20*time.Second-200*time.Millisecond), p.core.Deadline())
}

func TestAnAnswerPastItsOwnDeadlineIsHandedBack(t *testing.T) {
	p := newParticipant(t, func(s *core.Settings) { s.Timeout = time.Hour })
	p.command(core.InputStart)
	p.at(29900*time.Millisecond).answer(p.call, 1, 30*time.Second)
	require.False(t, p.leads())
	require.Equal(t, lifecycle.StateReleasing, p.core.State())
	require.Equal(t, core.OpRelease, p.call.Op)
}

func TestARenewalThatArrivesAfterTheDeadlineDoesNotBringTheTenureBack(t *testing.T) {
	p := newParticipant(t)
	p.command(core.InputStart)
	p.answer(p.call, 1, 30*time.Second)
	done := p.step("a workload registers", core.Input{Kind: core.InputWorkBegan, Fence: 1})
	require.True(t, done.Accepted)
	p.at(10 * time.Second)
	for range 10 { // every renewal fails
		p.refuse(p.call, errors.New("down"))
		p.at(time.Duration(p.now) + 5*time.Second)
		if !p.leads() {
			break
		}
	}
	require.Equal(t, lifecycle.StateDraining, p.core.State())
	p.answer(p.call, 1, 30*time.Second)
	require.False(t, p.leads())
	require.Equal(t, lifecycle.StateDraining, p.core.State())
	p.step("the workload returns", core.Input{Kind: core.InputWorkDone})
	require.Equal(t, lifecycle.StateReleasing, p.core.State())
	require.Equal(t, uint64(1), p.call.Tenure.Fence)
}

func TestARenewalNeverShortensTheDeadline(t *testing.T) {
	p := newParticipant(t)
	p.command(core.InputStart)
	p.answer(p.call, 1, 30*time.Second)
	deadline := p.core.Deadline()
	p.at(10*time.Second).answer(p.call, 1, time.Second)
	require.Equal(t, deadline, p.core.Deadline())
}

func TestAFenceThatIsNotAboveThoseSeenIsNotLedUnder(t *testing.T) {
	p := newParticipant(t)
	p.command(core.InputStart)
	p.refuse(p.call, held(41, time.Second))
	p.at(6 * time.Second)
	require.Equal(t, uint64(41), p.call.HighestFence)
	out := p.answer(p.call, 41, 30*time.Second)
	require.False(t, p.leads())
	var fault *core.StoreFaultError
	require.ErrorAs(t, out.Err, &fault)
	require.Equal(t, lifecycle.StateReleasing, p.core.State(), "it is handed back")
}

func TestAGrantThatTooFewReplicasKnowIsGivenBackAndItsAttemptNotSentAgain(t *testing.T) {
	p := newParticipant(t)
	p.command(core.InputStart)
	first := stores.Tenure{Attempt: p.call.Tenure.Attempt, Fence: 7}
	p.refuse(p.call, &stores.UnreplicatedError{Election: "e", Tenure: first, Wanted: 1})
	require.False(t, p.leads())
	require.Equal(t, lifecycle.StateReleasing, p.core.State())
	require.Equal(t, core.OpRelease, p.call.Op)
	require.Equal(t, first, p.call.Tenure)
	p.refuse(p.call, nil)
	p.at(time.Minute)
	require.Equal(t, core.OpAcquire, p.call.Op)
	require.Greater(t, p.call.Tenure.Number, first.Number)
	require.Equal(t, first.Fence, p.call.HighestFence)
}

func TestARenewalThatTooFewReplicasKnowIsNeitherALossNorAnExtension(t *testing.T) {
	p := newParticipant(t)
	p.command(core.InputStart)
	p.answer(p.call, 1, 30*time.Second)
	deadline := p.core.Deadline()
	p.at(10 * time.Second)
	p.refuse(p.call, &stores.UnreplicatedError{Election: "e", Tenure: p.call.Tenure, Wanted: 1})
	require.True(t, p.leads())
	require.Equal(t, deadline, p.core.Deadline())
	p.at(15 * time.Second)
	require.Equal(t, core.OpRenew, p.call.Op, "it is repeated")
}

func TestAnAttemptThatWasGivenBackIsNeverSentAgain(t *testing.T) {
	p := newParticipant(t)
	p.command(core.InputTry)
	first := p.call.Tenure.Number
	p.at(5 * time.Second) // timed out, and nobody wants it any more
	require.Equal(t, lifecycle.StateReleasing, p.core.State())
	require.Equal(t, core.OpRelease, p.call.Op)
	require.Equal(t, first, p.call.Tenure.Number)
	p.refuse(p.call, nil)
	p.command(core.InputTry)
	require.Greater(t, p.call.Tenure.Number, first)
}

func TestTheNextTryIsAtTheEndOfTheLeadersLeasePlusMargin(t *testing.T) {
	p := newParticipant(t)
	p.command(core.InputStart)
	p.at(time.Second).refuse(p.call, held(7, 20*time.Second))
	require.Equal(t, core.Instant(21*time.Second+200*time.Millisecond), p.core.NextWake())
}

func TestAWakeUpThatCameDuringTheTryWinsOverItsOlderRefusal(t *testing.T) {
	p := newParticipant(t)
	p.command(core.InputStart)
	first := p.call
	p.step("vacated", core.Input{Kind: core.InputNotice, Notice: stores.Notice{Kind: stores.NoticeVacated}})
	p.at(time.Second).refuse(first, held(7, 20*time.Second))
	require.Equal(t, lifecycle.StateAcquiring, p.core.State(), "it tried again at once")
	p.refuse(p.call, held(8, 20*time.Second))
	p.step("vacated", core.Input{Kind: core.InputNotice, Notice: stores.Notice{Kind: stores.NoticeVacated}})
	require.Equal(t, lifecycle.StateAcquiring, p.core.State(), "a holder that was known has given up")
	p.refuse(p.call, errors.New("down"))
}

// A release between a refusal and the beginning of the subscription would otherwise not be heard of.
func TestASubscriptionThatBeganDuringTheTryLeadsToOneMoreTry(t *testing.T) {
	p := newParticipant(t)
	p.command(core.InputStart)
	p.step("missed", core.Input{Kind: core.InputNotice, Notice: stores.Notice{Kind: stores.NoticeMissed}})
	p.refuse(p.call, held(7, 20*time.Second))
	require.Equal(t, core.Instant(5*time.Second), p.core.NextWake(), "at the floor, and not sooner")
}

func TestWakeUpsThatSayNothingNewDoNotBreakTheFloor(t *testing.T) {
	p := newParticipant(t)
	p.command(core.InputStart)
	p.refuse(p.call, held(7, 20*time.Second))
	missed := core.Input{Kind: core.InputNotice, Notice: stores.Notice{Kind: stores.NoticeMissed}}
	sent := p.call.Number
	for range 100 {
		p.step("missed", missed)
	}
	require.Equal(t, sent, p.call.Number)
	p.at(5 * time.Second)
	require.Equal(t, sent+1, p.call.Number, "one try, when the floor allows")
}

func TestATenureThatSomebodySawEndOnASetClockEnds(t *testing.T) {
	p := newParticipant(t)
	p.command(core.InputStart)
	p.answer(p.call, 1, 30*time.Second)
	p.step("another's", core.Input{Kind: core.InputExpired, Fence: 9})
	require.True(t, p.leads())
	p.step("expired", core.Input{Kind: core.InputExpired, Fence: 1})
	require.False(t, p.leads())
}

func TestTimeNeverGoesBack(t *testing.T) {
	p := newParticipant(t)
	p.at(10 * time.Second).command(core.InputStart)
	p.now = 0
	p.answer(p.call, 1, 30*time.Second)
	require.Equal(t, core.Instant(10*time.Second+30*time.Second-300*time.Millisecond), p.core.Deadline())
}

// The whole way of one tenure, as it can be read.
func TestTranscript(t *testing.T) {
	p := newParticipant(t)
	p.command(core.InputStart)
	p.at(20*time.Millisecond).refuse(p.call, held(41, 8*time.Second))
	p.at(8200*time.Millisecond).answer(p.call, 42, 30*time.Second)
	p.step("a workload registers", core.Input{Kind: core.InputWorkBegan, Fence: 42})
	p.at(19*time.Second).answer(p.call, 42, 30*time.Second)
	p.at(36 * time.Second) // one renewal times out and is repeated
	p.answer(p.call, 42, 30*time.Second)
	p.command(core.InputResign)
	p.at(38*time.Second).step("the workload returns", core.Input{Kind: core.InputWorkDone})
	p.refuse(p.call, nil)
	p.command(core.InputStop)
	p.command(core.InputClose)

	const golden = "testdata/transcript.golden"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(p.text.String()), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), p.text.String())
}

func BenchmarkStep(b *testing.B) {
	set := settings()
	c := core.New(set)
	in := core.Input{Kind: core.InputStart, Lead: true}
	call := c.Step(0, &in).Actions[1].Call
	lease := stores.Lease{Tenure: stores.Tenure{Attempt: call.Tenure.Attempt, Fence: 1}, TimeLeft: 30 * time.Second}
	in = core.Input{Kind: core.InputReply, Call: call.Number, Lease: lease}
	c.Step(0, &in)
	tick, reply := core.Input{Kind: core.InputTick}, core.Input{Kind: core.InputReply, Lease: lease}
	b.ReportAllocs()
	for b.Loop() {
		// A renewal falls due and is answered: two steps.
		now := c.NextWake()
		reply.Call = c.Step(now, &tick).Actions[0].Call.Number
		if out := c.Step(now, &reply); out.Steps[0].Event != lifecycle.EventRenewed {
			b.Fatal(out.Steps)
		}
	}
}
