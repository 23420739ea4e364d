package proptest_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/gen/lifecycle"
)

// promises is what each method returns in each state while the store does not answer: at once, or "waits".
const promises = `
            start    try      campaign  run                  renew        release      stop         close        register
idle        ok       waits    waits     waits                not leading  ok           ok           ok           ended
following   ok       waits    waits     waits                not leading  ok           ok           ok           none
acquiring   ok       waits    waits     waits                not leading  ok           waits        waits        none
unresolved  ok       waits    waits     waits                not leading  ok           waits        waits        none
leading     ok       ok       ok        waits                waits        waits        waits        waits        ok
draining    ok       busy     waits     waits                not leading  waits        waits        waits        ended
overdue     ok       busy     waits     waits                not leading  drain limit  drain limit  drain limit  ended
releasing   ok       busy     waits     waits                not leading  waits        waits        waits        ended
stopping    stopped  stopped  stopped   waits                stopped      waits        waits        waits        ended
abandoned   ok       stopped  stopped   stopped+drain limit  stopped      drain limit  drain limit  drain limit  ended
leaving     stopped  stopped  stopped   waits                stopped      waits        waits        waits        ended
closed      closed   closed   closed    closed               closed       ok           ok           ok           ended
`

var shortNames = []struct {
	name  string
	class error
}{
	{"not leading", elector.ErrNotLeading}, {"busy", elector.ErrBusy}, {"stopped", elector.ErrStopped},
	{"closed", elector.ErrClosed}, {"ended", elector.ErrEnded}, {"drain limit", elector.ErrDrainLimit}, {"gone", errGone},
}

// shortName names the classes of an error; an unknown one by its text.
func shortName(err error) string {
	if err == nil {
		return "ok"
	}
	var names []string
	for _, n := range shortNames {
		if errors.Is(err, n.class) {
			names = append(names, n.name)
		}
	}
	if names == nil {
		return err.Error()
	}
	return strings.Join(names, "+")
}

// eachPromise calls f for each state and method.
func eachPromise(t *testing.T, f func(t *testing.T, state elector.State, kind opKind, want string)) {
	lines := strings.Split(strings.Trim(promises, "\n"), "\n")
	columns := map[string]opKind{}
	for kind, name := range opNames {
		columns[name] = opKind(kind)
	}
	states := 0
	for _, line := range lines[1:] {
		var state elector.State
		for state = 0; state.String() != strings.Fields(line)[0]; state++ {
			require.LessOrEqual(t, state, elector.StateClosed)
		}
		states++
		for _, name := range strings.Fields(lines[0]) {
			at := strings.Index(lines[0], name)
			want, _, _ := strings.Cut(line[at:], "  ")
			t.Run(state.String()+"/"+name, func(t *testing.T) { f(t, state, columns[name], want) })
		}
	}
	require.Equal(t, lifecycle.StateCount, states)
}

// scene is an elector that was brought into a state, on a stage that watches it.
type scene struct {
	*stage
	t     *testing.T
	actor *actor
	state elector.State
	ctx   context.Context
	end   context.CancelCauseFunc

	result atomic.Pointer[string]
}

// inState plays a scene in a bubble. before is called before the elector is brought into the state, and then after.
func inState(t *testing.T, state elector.State, before, then func(*scene)) {
	play(t, &plot{}, state, before, func(x *scene) {
		then(x)
		x.end(errRest)
		x.comeToRest()
		require.Nil(x.t, x.broken(), "%v", x.broken())
	})
}

func play(t *testing.T, plan *plot, state elector.State, before, then func(*scene)) {
	synctest.Test(t, func(t *testing.T) {
		sc := script{manual: []bool{state == elector.StateFollowing, false, false}, ppm: []int{0, 0, 0}}
		s := newStage(sc, plan, &tally{})
		defer s.end()
		x := &scene{stage: s, t: t, actor: s.actors[0], state: state}
		x.ctx, x.end = context.WithCancelCause(context.Background())
		defer x.end(errRest)
		before(x)
		x.bring()
		then(x)
	})
}

// bring brings the elector into the state, in which it stays as long as the store does not answer.
func (x *scene) bring() {
	a := x.actor
	leave := func(kind opKind) {
		go x.command(a, op{kind: kind})
		synctest.Wait()
	}
	switch x.state {
	case elector.StateIdle:
		x.lead(false)
		leave(opStop)
	case elector.StateFollowing:
		leave(opStart)
	case elector.StateAcquiring:
		x.hang()
		leave(opStart)
	case elector.StateUnresolved:
		a.link.fail(faultBefore, partAll, 0)
		leave(opStart)
	case elector.StateLeading:
		x.lead(false)
	case elector.StateDraining, elector.StateOverdue:
		x.lead(true)
		leave(opRelease)
	case elector.StateStopping, elector.StateAbandoned:
		x.lead(true)
		leave(opStop)
	case elector.StateReleasing:
		x.lead(false)
		x.hang()
		leave(opRelease)
	case elector.StateLeaving:
		x.lead(false)
		x.hang()
		leave(opStop)
	case elector.StateClosed:
		x.lead(false)
		leave(opClose)
	}
	if x.state == elector.StateOverdue || x.state == elector.StateAbandoned {
		time.Sleep(a.cfg.Drain + time.Millisecond)
		synctest.Wait()
	}
}

// lead makes the elector lead, if asked for with a workload that returns when all comes to rest.
func (x *scene) lead(works bool) {
	go x.command(x.actor, op{kind: opStart})
	synctest.Wait()
	if works {
		done, err := x.actor.last.Load().Register(context.Background())
		require.NoError(x.t, err)
		x.background.Go(func() { <-x.calm; done() })
	}
}

// hang lets the store answer no more.
func (x *scene) hang() { x.actor.link.fail(faultHang, partAll&^partWatch, 0) }

// call calls a method, waits, and notes what it returned.
func (x *scene) call(ctx context.Context, kind opKind) {
	a, result := x.actor, "none"
	var err error
	switch kind {
	case opStart:
		err = a.Start()
	case opTry:
		_, err = a.TryAcquire(ctx)
	case opCampaign:
		_, err = a.Campaign(ctx)
	case opRun:
		err = a.Run(ctx, func(ctx context.Context, _ *elector.Term) error { <-ctx.Done(); return nil })
	case opRenew:
		err = a.Renew(ctx)
	case opRelease:
		err = a.Release(ctx)
	case opStop:
		err = a.Stop(ctx)
	case opClose:
		a.closes.Add(1)
		err = a.Close()
	case opRegister:
		term := a.last.Load()
		if term == nil {
			x.result.Store(&result)
			return
		}
		var done func()
		if done, err = term.Register(ctx); err == nil {
			x.background.Go(func() { <-x.calm; done() })
		}
	default:
	}
	if errors.As(err, new(*elector.ForbiddenError)) {
		a.forbidden.Add(1)
	}
	result = shortName(err)
	x.result.Store(&result)
}

// outcome is what the call returned, or "waits".
func (x *scene) outcome() string {
	synctest.Wait()
	if r := x.result.Load(); r != nil {
		return *r
	}
	return "waits"
}

// checkOutcome holds what was returned against the promise, and a call that waits against its context's end.
func (x *scene) checkOutcome(kind opKind, want string) {
	require.Equal(x.t, want, x.outcome())
	if want != "waits" {
		return
	}
	x.end(errGone)
	switch kind {
	case opRun, opClose:
		time.Sleep(ending(x.actor.cfg))
		require.NotEqual(x.t, "waits", x.outcome(), "it clears up in its time")
	default:
		require.Equal(x.t, "gone", x.outcome(), "it returns at once when its context ends")
	}
}

// checkRow holds the next change against the table's row for the command.
func (x *scene) checkRow(kind opKind, told int) {
	event, isEvent := map[opKind]lifecycle.Event{
		opStart: lifecycle.EventStart, opTry: lifecycle.EventTry, opCampaign: lifecycle.EventCampaign,
		opRun: lifecycle.EventCampaign, opRelease: lifecycle.EventResign, opStop: lifecycle.EventStop,
		opClose: lifecycle.EventStop, opRenew: lifecycle.EventRenew,
	}[kind]
	row := lifecycle.Lookup(x.state, event)
	if !isEvent || row.Verdict != lifecycle.Moves || row.To == x.state {
		return
	}
	l := x.actor.listeners[0]
	l.mu.Lock()
	defer l.mu.Unlock()
	require.Greater(x.t, len(l.told), told, "a change")
	require.Equal(x.t, row.To, l.told[told].Current)
	require.Equal(x.t, event, l.told[told].Reason)
}

// changes is how many changes were told by now.
func (x *scene) changes() int {
	l := x.actor.listeners[0]
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.told)
}

// TestCallsInEveryState calls each method in each state, and ends the context of those that wait.
func TestCallsInEveryState(t *testing.T) {
	eachPromise(t, func(t *testing.T, state elector.State, kind opKind, want string) {
		inState(t, state, func(*scene) {}, func(x *scene) {
			require.Equal(x.t, state, x.actor.State())
			require.Equal(x.t, state == elector.StateLeading, x.actor.IsLeader())
			told := x.changes()
			x.hang()
			go x.call(x.ctx, kind)
			require.Equal(x.t, want, x.outcome())
			x.checkRow(kind, told)
			x.checkOutcome(kind, want)
		})
	})
}

// TestEndedContextsInEveryState calls each method with a context that has ended before: tries ask for nothing then, and
// what does something else has done it.
func TestEndedContextsInEveryState(t *testing.T) {
	eachPromise(t, func(t *testing.T, state elector.State, kind opKind, want string) {
		switch {
		case kind == opTry || kind == opCampaign || kind == opRegister && want == "ok":
			want = "gone"
		case kind == opRun:
			want = "ok"
		case want == "waits" && kind != opClose:
			want = "gone"
		}
		inState(t, state, func(*scene) {}, func(x *scene) {
			x.hang()
			x.end(errGone)
			go x.call(x.ctx, kind)
			require.Equal(x.t, want, x.outcome())
			if kind == opTry || kind == opCampaign || kind == opRun {
				require.Equal(x.t, state, x.actor.State(), "nothing was asked for")
			}
			if kind == opStop && state == elector.StateLeading {
				require.False(x.t, x.actor.IsLeader(), "the stop goes on")
			}
		})
	})
}

// TestCallbacksInEveryState lets a subscriber call each method from within its callback, at the change into each state.
// That returns what it returns to anybody, and harms neither the elector nor other subscribers: the rest of the scene
// checks that they are told everything, and that somebody leads afterwards.
func TestCallbacksInEveryState(t *testing.T) {
	eachPromise(t, func(t *testing.T, state elector.State, kind opKind, want string) {
		var called atomic.Bool
		inState(t, state, func(x *scene) { x.callBack(kind, &called) }, func(x *scene) {
			synctest.Wait()
			require.True(x.t, called.Load(), "the callback was called")
			x.checkOutcome(kind, want)
		})
	})
}

// callBack subscribes somebody who calls the method at the change into the scene's state, and looks at all that can be
// looked at.
func (x *scene) callBack(kind opKind, called *atomic.Bool) {
	a := x.actor
	unsubscribe := a.Subscribe(func(c elector.Change) {
		if c.Current != x.state || called.Swap(true) {
			return
		}
		x.hang()
		x.look()
		_, _ = a.Leader()
		if leads := x.state == elector.StateLeading; a.State() != x.state || a.IsLeader() != leads || (a.Term() != nil) != leads {
			x.violate("a callback sees the state", "%s, leading %t", a.State(), a.IsLeader())
		}
		a.Subscribe(func(elector.Change) {})()
		x.call(x.ctx, kind)
	})
	context.AfterFunc(x.ctx, unsubscribe)
}

// The promises can be broken, and the scenes see it.
func TestWrongElectorsBreakPromises(t *testing.T) {
	for _, c := range []struct {
		fault string
		state elector.State
		kind  opKind
		want  string
	}{
		{"an error hides its class", elector.StateIdle, opRenew, "the link failed"},
		{"Campaign ignores its context", elector.StateAcquiring, opCampaign, "waits"},
		{"a lock is held while subscribers are told", elector.StateLeading, opCampaign, "waits"},
		{"Stop returns before its work is done", elector.StateLeading, opStop, "ok"},
		{"Release does nothing", elector.StateLeading, opRelease, "ok"},
		{"Start waits for ever", elector.StateIdle, opStart, "waits"},
	} {
		t.Run(c.fault, func(t *testing.T) {
			var called atomic.Bool
			play(t, plots[c.fault], c.state, func(x *scene) { x.callBack(c.kind, &called) }, func(x *scene) {
				require.Equal(x.t, c.want, x.outcome())
				x.end(errGone)
				if c.want == "waits" {
					require.Equal(x.t, "waits", x.outcome(), "also when its context has ended")
				}
			})
		})
	}
}
