package proptest

import (
	"context"
	"errors"
	"time"

	"github.com/tenure-go/tenure/fsm"
	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/stores"
)

// election is the name of what is led in every run.
const election = "simulated"

// What a store and its network answer when they fail: all leave the outcome unknown.
var (
	errBroken = errors.New("proptest: the connection broke")
	errFailed = errors.New("proptest: the store failed")
)

// profile is how bad the network and the store are in a run: chances, from 0 to 1.
type profile struct {
	loseRequest, loseReply, duplicate, slow, late, failBefore, failAfter, reject, loseNotice, lateNotice float64
}

// message is on its way between a participant and the store.
type message struct {
	call   core.Call
	lease  stores.Lease
	err    error
	notice stores.Notice
	// who sent it, or is to get it, in which of its lives and under which subscription.
	who       int
	life, sub uint32
	sent      int64
	copied    bool
	// line is that of its execution in the trace, if there is one.
	line int32
}

// throws begins the draws for one part of a message's way.
func (w *world) throws(what throw, m *message) {
	copied := uint64(0)
	if m.copied {
		copied = 1
	}
	w.net.name(what, m.who, uint64(m.life)<<1|copied, m.call.Number)
}

// messages are those that are on their way. Their places are used again.
type messages struct {
	all  []message
	free []int32
}

func (m *messages) add(msg message) int32 {
	if n := len(m.free); n > 0 {
		ref := m.free[n-1]
		m.free = m.free[:n-1]
		m.all[ref] = msg
		return ref
	}
	m.all = append(m.all, msg)
	return int32(len(m.all) - 1)
}

func (m *messages) drop(ref int32) {
	m.all[ref] = message{}
	m.free = append(m.free, ref)
}

// delay is how long one message takes, in true time. Mostly it is a small part of the timeout.
func (w *world) delay(p *participant) int64 {
	u := w.net.Float64()
	d := 50_000 + int64(u*u*u*float64(p.cfg.Timeout)/8)
	if !w.faulty() {
		return d
	}
	// All is drawn whatever comes of it, so that what is drawn next does not depend on it.
	f, extra := w.net.Float64(), w.net.Float64()
	switch {
	case f < w.plan.net.late:
		if !w.plan.neverLate {
			d += int64(extra * 2 * float64(w.plan.slowest.Lease))
		}
	case f < w.plan.net.late+w.plan.net.slow && !w.plan.neverSlow:
		d += int64(extra * float64(p.cfg.Timeout))
	}
	return d
}

// transmit sends a call to the store, as the driver does.
func (w *world) transmit(p *participant, call core.Call) {
	ref := w.msgs.add(message{who: p.index, life: p.life, sent: w.now, call: call})
	if p.stuck() >= maxAbandoned {
		w.did(StuckCalls)
		w.msgs.all[ref].err = fsm.ErrTooManyCalls
		w.agenda.push(event{at: w.now, kind: evReply, ref: ref})
		return
	}
	p.calls = append(p.calls, outstanding{number: call.Number})
	if w.planted.mute && call.Op == core.OpRenew {
		return
	}
	w.throws(throwRequest, &w.msgs.all[ref])
	delay := w.delay(p)
	switch {
	case w.now < p.cutOut:
		w.lose(p, ref, CutRequests)
		return
	case w.now < p.heldBack:
		w.did(HoldBack)
		delay += p.heldBack - w.now
	case w.faulty() && w.net.Float64() < w.plan.net.loseRequest:
		w.lose(p, ref, LoseRequest)
		return
	}
	w.agenda.push(event{at: w.now + delay, kind: evRequest, ref: ref})
	if w.faulty() && w.net.Float64() < w.plan.net.duplicate {
		again := w.msgs.add(message{who: p.index, life: p.life, sent: w.now, call: call, copied: true})
		w.agenda.push(event{at: w.now + w.delay(p), kind: evRequest, ref: again})
	}
}

// lose drops a message. Some time later the caller's connection breaks, which usually is after nobody waits any more.
func (w *world) lose(p *participant, ref int32, kind FaultKind) {
	m := &w.msgs.all[ref]
	w.did(kind)
	w.log.add(w.now, recLost, p.index, m.call.Number, uint64(kind), 0)
	m.lease, m.err = stores.Lease{}, errBroken
	after := int64((0.5 + 3*w.net.Float64()) * float64(p.cfg.Timeout))
	w.agenda.push(event{at: w.now + after, kind: evReply, ref: ref})
}

// serve lets the store answer a request that has arrived.
func (w *world) serve(ref int32) {
	m := &w.msgs.all[ref]
	p := &w.participants[m.who]
	if p.silenced(m.life) {
		w.msgs.drop(ref)
		return
	}
	profile := &w.plan.net
	w.throws(throwServing, m)
	switch {
	case w.overtaken(p, m):
	case w.now < w.storeDown:
		w.did(StoreDown)
		m.err = errFailed
	case w.faulty() && w.net.Float64() < profile.failBefore:
		w.did(FailBefore)
		m.err = errFailed
	case w.faulty() && m.call.Op == core.OpAcquire && w.net.Float64() < profile.reject:
		w.did(Reject)
		w.trace.rejected(w, m)
		m.err = &stores.InvalidError{Field: "election", Value: election, Reason: "the simulation rejects it"}
	default:
		w.execute(p, ref)
	}
	w.respond(p, ref)
}

// execute makes the call.
func (w *world) execute(p *participant, ref int32) {
	m := &w.msgs.all[ref]
	switch {
	case m.copied:
		w.did(Duplicate)
	case m.life != p.life || m.call.Number != p.awaited:
		w.did(Late)
	}
	w.expireLease()
	before := w.ledger
	m.lease, m.err = w.call(p, &m.call)
	w.log.add(w.now, recServed, -1, uint64(m.call.Op)<<8|uint64(p.index), outcome(m.err), m.lease.Fence)
	if m.call.Op != core.OpGet {
		w.audit(demand{op: m.call.Op, tenure: m.call.Tenure})
		w.spread()
		m = &w.msgs.all[ref] // wake-ups are messages as well, so that all may have moved
	}
	w.served(p, m, &before)
	w.trace.executed(w, m, &before)
	w.throws(throwFailAfter, m)
	if w.faulty() && w.net.Float64() < w.plan.net.failAfter {
		w.did(FailAfter)
		m.lease, m.err = stores.Lease{}, errFailed
	}
}

// call asks the store, as package fsm does.
func (w *world) call(p *participant, call *core.Call) (lease stores.Lease, err error) {
	ctx := context.Background()
	switch call.Op {
	case core.OpAcquire:
		return w.store.Acquire(ctx, stores.AcquireRequest{
			Election: election, Participant: p.cfg.Participant, Attempt: call.Tenure.Attempt,
			Lease: p.cfg.Lease, HighestFence: call.HighestFence,
		})
	case core.OpRenew:
		return w.store.Renew(ctx, stores.RenewRequest{Election: election, Tenure: call.Tenure, Lease: p.cfg.Lease})
	case core.OpRelease:
		_, err = w.store.Release(ctx, election, call.Tenure)
		return stores.Lease{}, err
	default:
		return w.store.Get(ctx, election)
	}
}

// respond sends the answer back.
func (w *world) respond(p *participant, ref int32) {
	m := &w.msgs.all[ref]
	if m.life != p.life {
		w.msgs.drop(ref)
		return
	}
	w.throws(throwAnswer, m)
	switch {
	case w.now < p.cutIn:
		w.lose(p, ref, CutReplies)
	case w.faulty() && w.net.Float64() < w.plan.net.loseReply:
		w.lose(p, ref, LoseReply)
	default:
		w.agenda.push(event{at: w.now + w.delay(p), kind: evReply, ref: ref})
	}
}

// spread sends the notice that the store has published, if it has, to all who are subscribed.
func (w *world) spread() {
	select {
	case notice := <-w.notices:
		for i := range w.participants {
			if p := &w.participants[i]; p.subscribed {
				w.notify(p, notice)
			}
		}
	default:
	}
}

func (w *world) notify(p *participant, notice stores.Notice) {
	w.net.name(throwNotice, p.index, uint64(p.life), uint64(w.now))
	switch {
	case w.opt.NoWakeUps, w.plan.noWakeUps, w.now < p.deaf, w.faulty() && w.net.Float64() < w.plan.net.loseNotice:
		w.did(LoseNotice)
		return
	}
	delay := w.delay(p)
	if w.faulty() && w.net.Float64() < w.plan.net.lateNotice {
		w.did(LateNotice)
		delay += int64(w.net.Float64() * float64(p.cfg.Lease))
	}
	ref := w.msgs.add(message{who: p.index, life: p.life, sub: p.sub, sent: w.now, notice: notice})
	w.agenda.push(event{at: w.now + delay, kind: evNotice, ref: ref})
}

// arrive gives a participant the answer to a call that its driver still knows.
func (w *world) arrive(p *participant, m *message) {
	if p.life != m.life || !p.returned(m.call.Number) && !errors.Is(m.err, fsm.ErrTooManyCalls) {
		return
	}
	w.log.add(w.now, recReply, p.index, m.call.Number, outcome(m.err), m.lease.Fence)
	in := w.fresh(core.InputReply)
	in.Call, in.Lease, in.Err = m.call.Number, m.lease, m.err
	p.answered = answeredCall{
		number: m.call.Number, sent: p.sentAt(m.call.Number), granted: m.lease.TimeLeft, success: m.err == nil,
	}
	p.failed = p.failed || outcome(m.err) == 5
	w.planted.onReply(w, p, in)
	if in.Call == p.awaited {
		p.awaited = 0
	}
	if w.renewedTooLate(p, m) {
		w.reach(RenewalAfterDemotion)
	}
	out := w.step(p, in)
	w.answered(p, m, out)
	w.trace.answered(m, out)
}

// informed gives a participant a notice of its present subscription.
func (w *world) informed(p *participant, m *message) {
	if p.life != m.life || !p.subscribed || p.sub != m.sub {
		return
	}
	w.log.add(w.now, recNotice, p.index, uint64(m.notice.Kind), m.notice.Lease.Fence, 0)
	in := w.fresh(core.InputNotice)
	in.Notice = m.notice
	w.told(p, m.notice.Kind)
	w.step(p, in)
}

// missed tells a subscriber that notices may have been lost, as a store does after a connection was restored.
func (w *world) missed(p *participant, after time.Duration) {
	ref := w.msgs.add(message{who: p.index, life: p.life, sub: p.sub, sent: w.now, notice: stores.Notice{Kind: stores.NoticeMissed}})
	w.agenda.push(event{at: w.now + int64(after), kind: evNotice, ref: ref})
}
