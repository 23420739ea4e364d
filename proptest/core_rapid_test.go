package proptest_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/fsm"
	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
)

// lone is one core that a rapid test drives, with what a driver keeps of it. Unlike in the simulation, the store
// answers what rapid draws, so its answers may contradict each other.
type lone struct {
	t    *rapid.T
	cfg  fsm.Config
	core *core.Core
	now  core.Instant

	sent       []core.Call
	awaited    uint64
	subscribed bool
	// campaigns are callers who wait, each with or without a workload; tries those who want one try.
	campaigns []bool
	tries     int
	works     int

	deadline core.Instant
	answered *core.Call
	granted  time.Duration
	gained   uint64
	fence    uint64

	// takesPart is what callers last asked for, unless the store rejected that; closed tells that Close was called.
	takesPart, closed bool
}

func newLone(t *rapid.T) *lone {
	cfg := fsm.ConfigFor("rapid", 10*time.Second)
	cfg.Manual = rapid.Bool().Draw(t, "manual")
	cfg.Grace = rapid.SampledFrom([]time.Duration{0, time.Second}).Draw(t, "grace")
	cfg.Jitter = rapid.SampledFrom([]float64{fsm.NoJitter, 0.5}).Draw(t, "jitter")
	require.NoError(t, cfg.Validate())
	c := core.New(core.Settings{
		Incarnation: "own", Lease: cfg.Lease, Renewal: cfg.Renewal, Retry: cfg.Retry,
		Timeout: cfg.Timeout, Grace: cfg.Grace, Drain: cfg.Drain, Jitter: cfg.Jitter, Manual: cfg.Manual,
		Rand: rand.New(rand.NewPCG(1, 2)), //nolint:gosec // to be repeatable
	})
	return &lone{t: t, cfg: cfg, core: c, deadline: -core.Never}
}

// TestCore holds one core, under any sequence of inputs, against what must be true of it in any world.
func TestCore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLone(t)
		t.Repeat(map[string]func(*rapid.T){
			"tick":    func(*rapid.T) { l.pass(); l.step(core.Input{Kind: core.InputTick}) },
			"due":     func(*rapid.T) { l.wait(); l.step(core.Input{Kind: core.InputTick}) },
			"command": func(*rapid.T) { l.command() },
			"start":   func(*rapid.T) { l.step(core.Input{Kind: core.InputStart, Lead: !l.cfg.Manual}) },
			"answer":  func(*rapid.T) { l.reply(l.pickCall(true)) },
			"stale":   func(*rapid.T) { l.reply(l.pickCall(false)) },
			"notice":  func(*rapid.T) { l.notice() },
			"work":    func(*rapid.T) { l.work() },
			"expired": func(*rapid.T) { l.step(core.Input{Kind: core.InputExpired, Fence: l.drawFence()}) },
		})
	})
}

// pass lets any time pass; wait lets it pass until something is due, or a little more.
func (l *lone) pass() {
	l.now = l.now.Add(time.Duration(rapid.Int64Range(0, int64(3*l.cfg.Lease)).Draw(l.t, "time")))
}

func (l *lone) wait() {
	late := time.Duration(rapid.Int64Range(0, int64(50*time.Millisecond)).Draw(l.t, "late"))
	if wake := l.core.NextWake(); wake != core.Never {
		l.now = max(l.now, wake).Add(late)
	}
}

func (l *lone) command() {
	in := core.Input{Kind: rapid.SampledFrom([]core.InputKind{
		core.InputTry, core.InputCampaign, core.InputCampaign, core.InputWithdraw, core.InputWithdraw, core.InputRenew,
		core.InputResign, core.InputStop, core.InputStop, core.InputClose,
	}).Draw(l.t, "command")}
	switch in.Kind {
	case core.InputCampaign:
		in.Work = rapid.Bool().Draw(l.t, "brings a workload")
	case core.InputWithdraw:
		if in.Try = len(l.campaigns) == 0; in.Try && l.tries == 0 {
			return
		}
		if in.Try {
			l.tries--
			break
		}
		in.Work, l.campaigns = l.campaigns[0], l.campaigns[1:]
	case core.InputClose:
		if rapid.IntRange(0, 9).Draw(l.t, "really") > 0 {
			return
		}
	default:
	}
	l.step(in)
}

// noteCaller notes who waits after a command, and which workloads have begun with it.
func (l *lone) noteCaller(in *core.Input, out *core.Output) {
	l.works += count(out.Accepted)
	for _, s := range out.Steps {
		switch {
		case s.Verdict == lifecycle.Forbidden || s.From == lifecycle.StateLeading && s.Event != lifecycle.EventCampaign:
		case s.Event == lifecycle.EventCampaign && s.From == lifecycle.StateLeading:
			l.works += count(in.Work)
		case s.Event == lifecycle.EventCampaign:
			l.campaigns = append(l.campaigns, in.Work)
		case s.Event == lifecycle.EventTry:
			l.tries++
		}
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// pickCall picks the awaited call, or any that was ever sent; nil if there is none.
func (l *lone) pickCall(awaited bool) *core.Call {
	if len(l.sent) == 0 {
		return nil
	}
	if awaited {
		return &l.sent[len(l.sent)-1]
	}
	return &l.sent[rapid.IntRange(0, len(l.sent)-1).Draw(l.t, "call")]
}

// reply answers a call, rightly or not, after a while.
func (l *lone) reply(call *core.Call) {
	if call == nil {
		return
	}
	if rapid.Bool().Draw(l.t, "late") {
		l.pass()
	} else {
		l.now = l.now.Add(time.Duration(rapid.Int64Range(0, int64(l.cfg.Timeout/4)).Draw(l.t, "soon")))
	}
	in := core.Input{Kind: core.InputReply, Call: call.Number, Lease: l.drawLease(call)}
	in.Err = rapid.SampledFrom([]error{
		nil, nil, nil, nil, errors.New("unknown"), &stores.LostError{}, stores.ErrVacant,
		&stores.HeldError{Lease: l.drawOther()}, &stores.InvalidError{},
	}).Draw(l.t, "error")
	if in.Err != nil {
		in.Lease = stores.Lease{}
	}
	if call.Number == l.awaited {
		l.awaited = 0
	}
	l.answered, l.granted = call, in.Lease.TimeLeft
	l.step(in)
	l.answered = nil
}

// drawLease draws the lease that a call is answered with: mostly what it asked for.
func (l *lone) drawLease(call *core.Call) stores.Lease {
	lease := stores.Lease{Election: "rapid", Tenure: call.Tenure}
	lease.TimeLeft = time.Duration(rapid.Int64Range(int64(l.cfg.Lease/2), int64(2*l.cfg.Lease)).Draw(l.t, "granted"))
	if call.Tenure.Fence == 0 {
		lease.Fence = l.core.HighestFence() + 1
	}
	switch rapid.IntRange(0, 9).Draw(l.t, "wrong") {
	case 0:
		lease.Fence = l.drawFence()
	case 1:
		lease.Number++
	case 2:
		lease.TimeLeft /= 1000
	}
	return lease
}

func (l *lone) drawOther() stores.Lease {
	return stores.Lease{
		Election: "rapid",
		Tenure:   stores.Tenure{Attempt: stores.Attempt{Incarnation: "other", Number: 1}, Fence: l.drawFence()},
		TimeLeft: time.Duration(rapid.Int64Range(0, int64(l.cfg.Lease)).Draw(l.t, "left")),
	}
}

func (l *lone) drawFence() uint64 {
	return rapid.Uint64Range(0, l.core.HighestFence()+2).Draw(l.t, "fence")
}

// notice delivers a wake-up to a subscriber.
func (l *lone) notice() {
	if !l.subscribed {
		return
	}
	kind := rapid.SampledFrom([]stores.NoticeKind{stores.NoticeVacated, stores.NoticeHeld, stores.NoticeMissed}).Draw(l.t, "kind")
	n := stores.Notice{Kind: kind}
	if kind == stores.NoticeHeld {
		n.Lease = l.drawOther()
	}
	if rapid.Bool().Draw(l.t, "late") {
		l.pass()
	}
	l.step(core.Input{Kind: core.InputNotice, Notice: n})
}

// work registers a workload, or lets one return.
func (l *lone) work() {
	if l.works > 0 && rapid.Bool().Draw(l.t, "returns") {
		l.works--
		l.step(core.Input{Kind: core.InputWorkDone})
		return
	}
	l.step(core.Input{Kind: core.InputWorkBegan, Fence: l.core.Tenure().Fence})
}

// step gives an input to the core and checks all that must be true afterwards.
func (l *lone) step(in core.Input) {
	led := l.core.Leads(l.now)
	out := l.core.Step(l.now, &in)
	l.checkErr(&in, out)
	for i := range out.Actions {
		l.act(&out.Actions[i])
	}
	l.forgetCallers(out)
	l.noteCaller(&in, out)
	l.checkState(out)
	require.Greater(l.t, l.core.NextWake(), l.now, "time alone must not change anything now")
	require.Equal(l.t, l.works, l.core.Working(), "workloads")
	_, awaits := l.core.Awaited()
	require.Equal(l.t, l.awaited != 0, awaits, "the awaited call")
	if l.core.Leads(l.now) {
		require.Less(l.t, l.now, l.core.Deadline())
		require.LessOrEqual(l.t, l.core.Deadline(), l.deadline)
		require.True(l.t, led || gains(out), "it leads without a grant")
	}
}

func gains(out *core.Output) bool {
	return slices.ContainsFunc(out.Actions, func(a core.Action) bool { return a.Kind == core.ActionLead })
}

// checkErr allows a caller's forbidden command, and a store's answer that rapid drew wrong.
func (l *lone) checkErr(in *core.Input, out *core.Output) {
	for _, s := range out.Steps {
		require.True(l.t, s.Verdict != lifecycle.Forbidden || s.Event.Source() == lifecycle.SourceCommand,
			"the core raised %s in %s, on input %d", s.Event, s.From, in.Kind)
	}
	var fault *core.StoreFaultError
	if errors.As(out.Err, &fault) {
		require.Equal(l.t, core.InputReply, in.Kind)
	}
}

func (l *lone) act(a *core.Action) {
	switch a.Kind {
	case core.ActionSend:
		require.Zero(l.t, l.awaited, "a call is awaited already")
		require.True(l.t, a.Call.Op == core.OpRenew || a.Call.Op == core.OpGet || l.works == 0, "%s at work", a.Call.Op)
		l.awaited = a.Call.Number
		l.sent = append(l.sent, a.Call)
	case core.ActionAbandon:
		// An answer that comes past the deadline may find its call given up on in the same step.
		answers := l.answered != nil && l.answered.Number == a.Call.Number
		require.True(l.t, answers || l.awaited == a.Call.Number, "call %d is not awaited", a.Call.Number)
		l.awaited = 0
	case core.ActionWatch, core.ActionUnwatch:
		l.subscribed = a.Kind == core.ActionWatch
	case core.ActionLead, core.ActionExtend:
		l.lead(a)
	case core.ActionGained:
		require.Zero(l.t, l.gained, "a gain before the loss of the last one")
		require.Greater(l.t, a.Lease.Fence, l.fence, "fences of gains grow")
		l.gained, l.fence = a.Lease.Fence, a.Lease.Fence
	case core.ActionLost:
		require.Equal(l.t, l.gained, a.Lease.Fence)
		l.gained = 0
	case core.ActionDemote:
		require.False(l.t, l.core.Leads(l.now))
		l.deadline = -core.Never
	case core.ActionCancelWork:
	}
}

// lead computes anew until when a grant or renewal allows to lead.
func (l *lone) lead(a *core.Action) {
	require.NotNil(l.t, l.answered, "leading without an answer")
	margin := max(l.granted/100, 10*time.Millisecond)
	bound := l.answered.Sent.Add(l.granted - margin - l.cfg.Grace)
	if a.Kind == core.ActionExtend {
		bound = max(bound, l.deadline)
	}
	require.LessOrEqual(l.t, a.Deadline, bound)
	l.deadline = a.Deadline
	if a.Kind == core.ActionLead {
		for _, brings := range l.campaigns {
			l.works += count(brings)
		}
		l.campaigns, l.tries = nil, 0
	}
}

// forgetCallers forgets whose wish is settled, as package fsm does.
func (l *lone) forgetCallers(out *core.Output) {
	switch l.core.State() {
	case lifecycle.StateIdle, lifecycle.StateStopping, lifecycle.StateLeaving, lifecycle.StateAbandoned,
		lifecycle.StateClosed, lifecycle.StateLeading:
		l.campaigns, l.tries = nil, 0
	default:
	}
	for _, s := range out.Steps {
		switch s.Event {
		case lifecycle.EventRefused, lifecycle.EventUnconfirmed, lifecycle.EventUnusable, lifecycle.EventWithdraw:
			l.tries = 0
		default:
		}
	}
}
