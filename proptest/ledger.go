package proptest

import (
	"context"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/stores"
)

// ledger is what the store says it holds, as asked after every call that may change it.
type ledger struct {
	held    bool
	tenure  stores.Tenure
	end     int64 // by the store's clock
	revoked bool
	// highest is the highest fence ever granted, and last the tenure that held the lease last.
	highest uint64
	last    stores.Tenure
	// probing tells that an event at the lease's end is on the agenda.
	probing bool
}

// expire lets time pass.
func (l *ledger) expire(now int64) {
	if l.held && l.end <= now {
		l.held = false
	}
}

// demand is a call that may change what the store holds, as far as the rules on leases need to know it.
type demand struct {
	op     core.Op
	tenure stores.Tenure
	// revokes tells that the call is an administrator's revocation.
	revokes bool
}

// audit asks the store what it holds after a call, and judges the change that the call made.
func (w *world) audit(d demand) {
	now := w.storeNow()
	before := &w.ledger
	before.expire(now)
	after := ledger{highest: before.highest, last: before.last, probing: before.probing}
	if lease, err := w.store.Get(context.Background(), election); err == nil {
		after.held, after.tenure, after.revoked = true, lease.Tenure, lease.Revoked
		after.end = now + int64(lease.TimeLeft)
	}
	switch {
	case before.held && after.held && before.tenure == after.tenure:
		w.auditTerm(d, before, &after)
	case before.held:
		w.auditEnd(d, before, &after)
	}
	if after.held && (!before.held || before.tenure != after.tenure) {
		w.auditGrant(d, before, &after)
	}
	w.ledger = after
	if after.held && !after.probing {
		w.ledger.probing = true
		w.agenda.push(event{at: w.storeClock.when(after.end), kind: evProbe})
	}
}

// auditTerm judges a lease that stayed with its tenure.
func (w *world) auditTerm(d demand, before, after *ledger) {
	switch {
	case after.end < before.end:
		w.violate(LeaseShortens, "a call for %+v shortened the lease of %+v", d.tenure, after.tenure)
	case after.end == before.end:
	case d.op != core.OpRenew || d.tenure != before.tenure:
		w.violate(LeaseExtends, "a call for %+v extended the lease of %+v", d.tenure, after.tenure)
	case before.revoked:
		w.violate(LeaseExtends, "the lease of %+v was extended after it had been revoked", after.tenure)
	}
}

// auditEnd judges the end of a lease that had time left.
func (w *world) auditEnd(d demand, before, after *ledger) {
	own := d.tenure.Incarnation == before.tenure.Incarnation
	released := d.op == core.OpRelease && own && d.tenure.Number == before.tenure.Number &&
		(d.tenure.Fence == 0 || d.tenure.Fence == before.tenure.Fence)
	replaced := d.op == core.OpAcquire && own && d.tenure.Number > before.tenure.Number
	if replaced {
		w.reach(OrphanReplaced)
	}
	if p := w.resigned; p != nil && released && p.incarnation == before.tenure.Incarnation {
		w.resigned, w.freed = nil, w.storeNow()
	}
	if !released && !replaced {
		w.violate(LeaseEnds, "a call for %+v ended the lease of %+v", d.tenure, before.tenure)
	}
	if p := w.holder(before.tenure); p != nil && p.core.Leads(p.now(w)) && p.core.Tenure().Fence == before.tenure.Fence {
		w.violate(LeaseEnds, "the lease of %+v ended while its holder p%d leads", before.tenure, p.index)
	}
	w.log.add(w.now, recEnded, -1, before.tenure.Fence, after.tenure.Fence, 0)
}

// auditGrant judges the beginning of a tenure.
func (w *world) auditGrant(d demand, before, after *ledger) {
	fence := after.tenure.Fence
	switch {
	case fence > before.highest:
	case after.tenure == before.last:
		w.violate(NoResurrection, "a call for %+v brought back %+v", d.tenure, after.tenure)
	default:
		w.violate(FenceGrows, "the new tenure %+v has a fence not above %d", after.tenure, before.highest)
	}
	if before.last.Incarnation != "" && before.last.Incarnation != after.tenure.Incarnation {
		w.stats.Handovers++
	}
	after.highest, after.last = max(before.highest, fence), after.tenure
}

// probe looks at the store at the end of a lease; if that has moved, another look is needed.
func (w *world) probe() {
	l := &w.ledger
	was := l.held
	l.expire(w.storeNow())
	if was && !l.held && l.revoked {
		w.reach(RevokedLapses)
	}
	l.probing = l.held
	if l.held {
		w.agenda.push(event{at: w.storeClock.when(l.end), kind: evProbe})
	}
}

// holder finds the living participant of a tenure.
func (w *world) holder(t stores.Tenure) *participant {
	for i := range w.participants {
		if p := &w.participants[i]; p.up && p.incarnation == t.Incarnation {
			return p
		}
	}
	return nil
}
