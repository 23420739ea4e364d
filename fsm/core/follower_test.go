package core_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/proptest"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
)

const (
	tick  = 10 * time.Millisecond
	lease = proptest.WalkLease * tick
	grace = proptest.WalkGrace * tick
)

// errUnreal: the model forgets how the numbers of two old attempts compare, and tries each order. In the code there was one.
var errUnreal = errors.New("no request that was sent could have done this")

// follower takes the steps of one walk.
type follower struct {
	ticks   int64
	store   *memory.Store
	pupils  map[string]*pupil
	fences  map[uint64]uint64
	highest uint64
	rows    map[string]bool
	// next is the event of the line after the present one.
	next string
}

// pupil is a participant of the walk, with all that it ever sent.
type pupil struct {
	core.Puppet
	name     string
	sent     []core.Call
	answer   stores.Lease
	err      error
	news     string
	starting bool
}

func newFollower(walk *proptest.Trace) *follower {
	f := &follower{pupils: map[string]*pupil{}, fences: map[uint64]uint64{}, rows: map[string]bool{}}
	f.store = memory.New(memory.WithClock(func() time.Time { return time.Unix(1000, f.ticks*int64(tick)) }))
	for i := range walk.Lines {
		if name := walk.Lines[i].Who; name != "" && f.pupils[name] == nil {
			p := &pupil{name: name, news: "loss", Puppet: core.Puppet{Core: core.New(core.Settings{
				Incarnation: name, Lease: lease, Grace: grace, Renewal: time.Hour, Retry: time.Hour, Timeout: time.Hour, Drain: time.Hour,
			})}}
			f.pupils[name] = p
		}
	}
	return f
}

func (f *follower) now() core.Instant { return core.Instant(f.ticks * int64(tick)) }

// all takes all steps of the walk. It returns how many were taken and compared.
func (f *follower) all(walk *proptest.Trace) (int, error) {
	for i := range walk.Lines {
		if i+1 < len(walk.Lines) {
			f.next = walk.Lines[i+1].What
		}
		if err := f.follow(&walk.Lines[i]); err != nil {
			return i, err
		}
	}
	return len(walk.Lines), nil
}

// follow takes the step of one line and compares what came of it.
func (f *follower) follow(l *proptest.TraceLine) error {
	p := f.pupils[l.Who]
	switch l.Step {
	case proptest.StepTick:
		f.ticks++
	case proptest.StepRevoke:
		f.revoke()
	case proptest.StepExecute:
		p.answer, p.err = f.execute(p, f.awaited(p), l.What == "invalid")
	case proptest.StepCopy:
		_, _ = f.execute(p, f.awaited(p), false)
	case proptest.StepLate:
		call, ok := f.find(p, l)
		if !ok {
			return errUnreal
		}
		_, _ = f.execute(p, call, false)
	default:
		if err := f.step(p, l); err != nil {
			return err
		}
	}
	return f.compare(p, l)
}

func (f *follower) revoke() {
	if lease, err := f.store.Get(context.Background(), "walk"); err == nil {
		_, _ = f.store.Revoke(context.Background(), "walk", lease.Fence)
	}
}

func (f *follower) awaited(p *pupil) core.Call {
	call, _ := p.Awaited()
	return call
}

// execute makes a call at the store.
func (f *follower) execute(p *pupil, call core.Call, rejects bool) (lease stores.Lease, err error) {
	ctx := context.Background()
	switch {
	case rejects:
		return lease, &stores.InvalidError{Field: "election", Value: "walk", Reason: "the walk has it so"}
	case call.Op == core.OpAcquire:
		lease, err = f.store.Acquire(ctx, stores.AcquireRequest{
			Election: "walk", Participant: p.name, Attempt: call.Tenure.Attempt, Lease: proptest.WalkLease * tick,
			HighestFence: call.HighestFence,
		})
	case call.Op == core.OpRenew:
		lease, err = f.store.Renew(ctx, stores.RenewRequest{Election: "walk", Tenure: call.Tenure, Lease: proptest.WalkLease * tick})
	case call.Op == core.OpRelease:
		_, err = f.store.Release(ctx, "walk", call.Tenure)
	default:
		lease, err = f.store.Get(ctx, "walk")
	}
	if held, none := f.store.Get(ctx, "walk"); none == nil && held.Fence > f.highest {
		f.highest = held.Fence
		f.fences[held.Fence] = uint64(len(f.fences) + 1)
	}
	return lease, err
}

// find looks among all that a participant ever sent for the request of a line: one of which the store makes what the line
// says.
func (f *follower) find(p *pupil, l *proptest.TraceLine) (core.Call, bool) {
	held, err := f.store.Get(context.Background(), "walk")
	for _, call := range slices.Backward(p.sent) {
		if opNames[call.Op] != l.Late.Op || (call.Tenure.Number == p.Tenure().Number) != l.Late.Newest {
			continue
		}
		if call.Op != core.OpAcquire && f.fences[call.Tenure.Fence] != l.Late.Fence {
			continue
		}
		if f.does(&call, held, err == nil) == f.done(l.Store, held, err == nil) {
			return call, true
		}
	}
	return core.Call{}, false
}

// What a late request may do to the lease.
const (
	nothing = iota
	ends
	begins
	extends
)

func (f *follower) does(call *core.Call, held stores.Lease, live bool) int {
	own := live && held.Incarnation == call.Tenure.Incarnation
	same := own && held.Number == call.Tenure.Number && (call.Tenure.Fence == 0 || call.Tenure.Fence == held.Fence)
	switch {
	case call.Op == core.OpAcquire && (!live || own && held.Number < call.Tenure.Number):
		return begins
	case call.Op == core.OpRelease && same:
		return ends
	case call.Op == core.OpRenew && same && !held.Revoked && held.TimeLeft < lease:
		return extends
	}
	return nothing
}

func (f *follower) done(after *proptest.TraceLease, held stores.Lease, live bool) int {
	switch {
	case after.Owner == "" && live:
		return ends
	case after.Owner != "" && (!live || after.Fence != f.fences[held.Fence]):
		return begins
	case after.Owner != "" && after.Left > int64(held.TimeLeft/tick):
		return extends
	}
	return nothing
}

// opNames are the model's words for the calls.
var opNames = map[core.Op]string{
	core.OpAcquire: "acquire", core.OpRenew: "renewal", core.OpRelease: "release", core.OpGet: "lookup",
}

var errBroken = errors.New("the connection broke")

// step takes a participant's own step.
func (f *follower) step(p *pupil, l *proptest.TraceLine) error {
	if p.starting {
		// A participant that begins to take part has tried, or looked, in the same step.
		p.starting = false
		return nil
	}
	in := &core.Input{}
	p.Want(true)
	p.Hurry(false)
	switch l.Step {
	case proptest.StepCommand:
		f.command(p, l, in)
	case proptest.StepTimer:
		p.Want(l.What != lifecycle.EventObserveDue.String())
		if !p.Fire(l.What) {
			return fmt.Errorf("the timer of %s is not set", l.What)
		}
	case proptest.StepHint:
		in.Kind, in.Notice = core.InputNotice, f.notice(l.What)
	case proptest.StepReply:
		call := f.awaited(p)
		in.Kind, in.Call, in.Lease, in.Err = core.InputReply, call.Number, p.answer, p.err
		p.Hurry(l.To == lifecycle.StateLeading.String())
		p.WantWithWork()
	case proptest.StepFailure:
		in.Kind, in.Call, in.Err = core.InputReply, f.awaited(p).Number, errBroken
		p.LastRelease(l.What == lifecycle.EventReleaseAbandoned.String())
	case proptest.StepReturn:
		in.Kind = core.InputWorkDone
	default:
	}
	return f.give(p, l, in)
}

func (f *follower) command(p *pupil, l *proptest.TraceLine, in *core.Input) {
	switch l.What {
	case "start":
		p.starting = p.State() == lifecycle.Initial
		if p.starting {
			p.Want(false)
		}
		in.Kind, in.Lead = core.InputStart, f.next != lifecycle.EventObserveDue.String()
	case "try":
		in.Kind = core.InputTry
	case "campaign":
		in.Kind = core.InputCampaign
	case "withdraw":
		// The last one who wanted to lead gives up.
		p.WantOnce()
		in.Kind = core.InputWithdraw
	case "renew":
		in.Kind = core.InputRenew
	case "resign":
		in.Kind = core.InputResign
	case "stop":
		in.Kind = core.InputStop
	case "close":
		in.Kind = core.InputClose
	}
}

// notice is a wake-up. It may be false: of a lease that nobody holds.
func (f *follower) notice(what string) stores.Notice {
	if what == lifecycle.EventVacated.String() {
		return stores.Notice{Kind: stores.NoticeVacated}
	}
	return stores.Notice{Kind: stores.NoticeHeld, Lease: stores.Lease{
		Tenure: stores.Tenure{Attempt: stores.Attempt{Incarnation: "somebody", Number: 1}, Fence: f.highest}, TimeLeft: tick,
	}}
}

// give hands an input to the core, and looks at the rows and the sends.
func (f *follower) give(p *pupil, l *proptest.TraceLine, in *core.Input) error {
	out := p.Step(f.now(), in)
	p.HoldTimers()
	if out.Err != nil {
		return out.Err
	}
	for _, a := range out.Actions {
		switch a.Kind {
		case core.ActionSend:
			p.sent = append(p.sent, a.Call)
		case core.ActionGained:
			p.news = "gain"
		case core.ActionLost:
			p.news = "loss"
		default:
		}
	}
	if len(out.Steps) == 0 {
		return errors.New("no row was taken")
	}
	for _, s := range out.Steps {
		if s.Verdict == lifecycle.Moves {
			f.rows[s.From.String()+" "+s.Event.String()] = true
		}
	}
	if event := out.Steps[0].Event.String(); event != l.What && !(l.What == "granted" && event == "unusable") {
		return fmt.Errorf("the first row is that of %s", event)
	}
	return nil
}

// compare holds the participant and the store against the line.
func (f *follower) compare(p *pupil, l *proptest.TraceLine) error {
	if p != nil && p.starting {
		return nil // it is one row ahead of the line
	}
	if p != nil {
		if is := f.seen(p, l.Core); !same(is, l.Core) || p.State().String() != l.To {
			return fmt.Errorf("it is %s, %+v", p.State(), *is)
		}
	}
	if is := f.held(); is != *l.Store {
		return fmt.Errorf("the store has %+v", is)
	}
	return nil
}

func same(is, want *proptest.TraceCore) bool {
	slices.Sort(is.Armed)
	slices.Sort(want.Armed)
	return is.Left == want.Left && is.Fence == want.Fence && is.Op == want.Op && is.Work == want.Work && is.News == want.News &&
		slices.Equal(is.Armed, want.Armed)
}

func (f *follower) seen(p *pupil, want *proptest.TraceCore) *proptest.TraceCore {
	is := &proptest.TraceCore{Fence: f.fences[p.Tenure().Fence], Op: "none", Work: "none", News: p.news, Armed: p.Armed()}
	if want.Fence == 0 && !p.State().Leading() {
		is.Fence = 0 // the model forgets it where nothing can come of it any more
	}
	if p.State().Leading() {
		is.Left = max(int64(p.Deadline().Sub(f.now())/tick), 0)
	}
	if call, awaits := p.Awaited(); awaits {
		is.Op = opNames[call.Op]
	}
	if p.Working() > 0 {
		is.Work = "told"
		if p.Leads(f.now()) {
			is.Work = "running"
		}
	}
	return is
}

func (f *follower) held() proptest.TraceLease {
	held, err := f.store.Get(context.Background(), "walk")
	if err != nil {
		return proptest.TraceLease{}
	}
	return proptest.TraceLease{
		Owner: held.Incarnation, Newest: held.Number == f.pupils[held.Incarnation].Tenure().Number,
		Fence: f.fences[held.Fence], Left: int64(held.TimeLeft / tick), Revoked: held.Revoked,
	}
}
