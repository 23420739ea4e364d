package proptest

import (
	"errors"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
)

// Reach is something that must be able to happen: a campaign in which one of them never does proves too little. Those that
// the model has as witnesses are named as there.
type Reach uint8

// What must be reached.
const (
	// HandoverWhileOneSleeps: another leads while the former leader has not noticed its deadline.
	HandoverWhileOneSleeps Reach = iota
	// GrantTooLate: the answer that grants the lease comes when its time is over.
	GrantTooLate
	// StaleRelease: a release that was given up on reaches the store while its sender leads anew.
	StaleRelease
	// OrphanedLease: an acquire is granted when its sender has died or gone on to another attempt.
	OrphanedLease
	// OverlappingWork: a workload that was told to end still runs while another participant leads.
	OverlappingWork
	// RefusedWrite: a write of an earlier tenure arrives after one of a later, and is refused.
	RefusedWrite
	// LateWrite: a write arrives when its tenure is over, and is accepted, since no later one has written.
	LateWrite
	// OrphanReplaced: an incarnation's lease of a lower attempt is replaced by its own higher one.
	OrphanReplaced
	// AcquireAfterGiveBack: an acquire is granted after its own give-back.
	AcquireAfterGiveBack
	// GiveBackFrees: a give-back, which knows no fence, frees the lease.
	GiveBackFrees
	// RenewalAfterDemotion: a renewal is answered as done when its sender leads no longer.
	RenewalAfterDemotion
	// ProtectingRenewal: a lease is renewed for a workload that was told to end.
	ProtectingRenewal
	// RevokedLapses: a revoked lease comes to its end.
	RevokedLapses
	// GrantedLess: a repeated acquire is granted with less time left than was asked for.
	GrantedLess
	// WakeUpOvertakes: a wake-up comes before the refusal that is older.
	WakeUpOvertakes
	// TakeoverByMissed: after NoticeMissed, a participant tries, and leads.
	TakeoverByMissed
	// RefusedByNamesake: the lease is held by another incarnation of the same name.
	RefusedByNamesake
	// LongerLease: the lease that others hold has more time left than the candidate asks for.
	LongerLease
	// JumpNoticed: a leader whose clock went past its deadline at once notices at its next look.
	JumpNoticed
	// WorkGivesUp: the main workload's return gives its tenure up.
	WorkGivesUp
	// WorkOutlivesTenure: the main workload returns when its tenure is over.
	WorkOutlivesTenure

	// What follows lies beyond the assumptions.

	// LeaseLost: a store forgets a lease whose holder leads.
	LeaseLost
	// LeaseBack: a store knows a lease again that had ended, or been followed by another.
	LeaseBack
	// PutOff: a store grants nothing, since what it may not know of may not be over yet.
	PutOff
	// ClaimUsed: a store grants the fence after the one that the candidate claims, since it knows no other as high.
	ClaimUsed
	// ClaimRefused: a store refuses the claim of a fence that is too far ahead of its clock.
	ClaimRefused

	reachCount = iota
)

// ReachCount is the number of things that must be reached.
const ReachCount = reachCount

var reaches = [reachCount]string{
	"handover-while-one-sleeps", "grant-too-late", "stale-release", "orphaned-lease", "overlapping-work", "refused-write",
	"late-write", "orphan-replaced", "acquire-after-give-back", "give-back-frees", "renewal-after-demotion",
	"protecting-renewal", "revoked-lapses", "granted-less", "wake-up-overtakes", "takeover-by-missed",
	"refused-by-namesake", "longer-lease", "jump-noticed", "work-gives-up", "work-outlives-tenure",
	"lease-lost", "lease-back", "put-off", "claim-used", "claim-refused",
}

// String returns its name.
func (r Reach) String() string { return reaches[r] }

// Beyond tells whether it can only happen beyond the assumptions.
func (r Reach) Beyond() bool { return r >= LeaseLost }

func (w *world) reach(r Reach) { w.stats.Reached[r]++ }

// Effects returns how often each effect of the table was interpreted.
func (s *Stats) Effects() (counts [lifecycle.EffectCount]uint64) {
	for from := range lifecycle.State(lifecycle.StateCount) {
		for event := range lifecycle.Event(lifecycle.EventCount) {
			for _, effect := range lifecycle.Lookup(from, event).Effects {
				counts[effect] += s.Taken[from][event]
			}
		}
	}
	return counts
}

// served looks at what the store did with a request, and at what became of its sender meanwhile.
func (w *world) served(p *participant, m *message, before *ledger) {
	own := m.life == p.life && p.up
	switch {
	case m.call.Op == core.OpRelease:
		if own && m.call.Number != p.awaited && p.core.Leads(p.now(w)) {
			w.reach(StaleRelease)
		}
		if m.call.Tenure.Fence == 0 && before.held && before.end > w.storeNow() && !w.ledger.held {
			w.reach(GiveBackFrees)
		}
	case m.call.Op != core.OpAcquire:
	case m.err != nil:
		w.refused(p, m)
	case !before.held || before.tenure != m.lease.Tenure:
		w.granted(p, m, own)
	}
}

// granted looks at a new tenure.
func (w *world) granted(p *participant, m *message, own bool) {
	if w.failing != nil && m.lease.Fence == m.call.HighestFence+1 && m.call.HighestFence > w.failing.before {
		w.reach(ClaimUsed)
	}
	if m.lease.Fence <= m.call.HighestFence && !w.beyond.NoClaims {
		w.violate(ClaimHeeded, "p%d claims fence %d and is granted %d", p.index, m.call.HighestFence, m.lease.Fence)
	}
	number := m.call.Tenure.Number
	if !own || number < p.core.Tenure().Number {
		w.reach(OrphanedLease)
	}
	if own && number <= p.released {
		w.reach(AcquireAfterGiveBack)
	}
}

func (w *world) refused(p *participant, m *message) {
	if held, ok := errors.AsType[*stores.HeldError](m.err); ok {
		if held.Lease.Participant == p.cfg.Participant {
			w.reach(RefusedByNamesake)
		}
		if held.Lease.TimeLeft > p.cfg.Lease {
			w.reach(LongerLease)
		}
	}
	if errors.Is(m.err, stores.ErrFenceClaim) {
		w.reach(ClaimRefused)
	}
}

// answered looks at what an answer led to.
func (w *world) answered(p *participant, m *message, out *core.Output) {
	for _, s := range out.Steps {
		switch {
		case s.Event == lifecycle.EventUnusable && m.err == nil:
			w.reach(GrantTooLate)
		case s.Event == lifecycle.EventRefused && m.call.Number == p.overtaken:
			w.reach(WakeUpOvertakes)
		case s.Event == lifecycle.EventRenewed && !s.From.Leading():
			w.reach(ProtectingRenewal)
		case s.Event != lifecycle.EventGranted || !s.To.Leading():
			continue
		case m.lease.TimeLeft < p.cfg.Lease:
			w.reach(GrantedLess)
		case p.missed:
			w.reach(TakeoverByMissed)
		}
		p.missed = false
	}
}

// told looks at what a wake-up finds.
func (w *world) told(p *participant, kind stores.NoticeKind) {
	call, awaits := p.core.Awaited()
	switch {
	case kind == stores.NoticeMissed:
		p.missed = p.core.State() == lifecycle.StateFollowing
	case kind != stores.NoticeVacated:
	case awaits && call.Op == core.OpAcquire:
		p.overtaken = call.Number
	default:
		p.missed = false
	}
}

// renewedTooLate tells whether an answer to a renewal comes when its sender leads no more.
func (w *world) renewedTooLate(p *participant, m *message) bool {
	return m.call.Op == core.OpRenew && m.err == nil && !p.core.Leads(p.now(w))
}

// noticesJump tells whether a look of a leader finds that its clock went past its deadline at once.
func (w *world) noticesJump(p *participant) bool {
	jumped := p.jumped
	p.jumped = false
	return jumped && p.core.State().Leading() && !p.core.Leads(p.now(w))
}
