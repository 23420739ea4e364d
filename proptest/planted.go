package proptest

import (
	"slices"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/fencing"
)

// Planted is a fault put between the core and its world, or into the store, to show that a check can fail.
type Planted struct {
	// Name names the fault; Check is the check that must find it.
	Name  string
	Check Check

	// At the core's inputs, outputs and settings.
	settings                                                                   func(*core.Settings)
	reply                                                                      func(w *world, p *participant, in *core.Input)
	oneAttempt, eagerDone, drainEndsWork, forgetsLoss, forgetsAbandon, spins   bool
	leadsByFlag, setsClockBack, stubborn, stampsReplies, doneTwice, tellsFirst bool
	mute, givesUp, noFallback, demotesLast, gainsTwice, hasty                  bool
	trouble                                                                    *Trouble
	drift                                                                      int64
	admits                                                                     func(last, next fencing.Token) bool
	loosen                                                                     func(*looseStore)
}

func (f *Planted) onSettings(set *core.Settings) {
	if f.settings != nil {
		f.settings(set)
	}
}

func (f *Planted) onReply(w *world, p *participant, in *core.Input) {
	if f.reply != nil {
		f.reply(w, p, in)
	}
	if f.oneAttempt && in.Lease.Incarnation == p.incarnation {
		in.Lease.Number = p.core.Tenure().Number
	}
}

func (f *Planted) onSend(call *core.Call) {
	if f.oneAttempt && call.Op != core.OpGet {
		call.Tenure.Number = 1
	}
}

// wire is a tenure as the store knows it.
func (p *participant) wire(w *world, t stores.Tenure) stores.Tenure {
	if w.planted.oneAttempt {
		t.Number = 1
	}
	return t
}

// PlantedFaults returns the faults that the checks are held against.
func PlantedFaults() []*Planted {
	return slices.Concat(plantedInCore(), plantedInTimers(), plantedInStore(), plantedInResource())
}

// plantedInTimers are faults that only cost leaders: nothing unsafe comes of them.
func plantedInTimers() []*Planted {
	return []*Planted{
		{Name: "renewal-never-sent", Check: StableLeader, mute: true},
		{Name: "never-retries-after-error", Check: FailoverWorst, givesUp: true},
		{Name: "lost-wake-up-without-fallback", Check: FailoverCrash, noFallback: true},
	}
}

// never tells whether a planted fault has forgotten the timer of a participant that waits for its turn.
func (f *Planted) never(p *participant) bool {
	switch p.core.State() {
	case lifecycle.StateFollowing:
		return f.noFallback || f.givesUp && p.failed
	case lifecycle.StateUnresolved:
		return f.givesUp && p.failed
	default:
		return false
	}
}

func plantedInResource() []*Planted {
	return []*Planted{
		{Name: "resource-without-comparison", Check: AcceptedGrows, admits: func(_, _ fencing.Token) bool { return true }},
		{
			Name: "resource-forgets-the-writer", Check: OneWriter, loosen: func(s *looseStore) { s.keepsFence = true },
			admits: func(last, next fencing.Token) bool { return next.Fence >= last.Fence },
		},
		{
			Name: "resource-refuses-a-second-write", Check: LeaderWrites,
			admits: func(last, next fencing.Token) bool { return next.Fence > last.Fence },
		},
		{Name: "fence-starts-again", Check: LeaderWrites, loosen: func(s *looseStore) { s.startsAgain = true }},
	}
}

func plantedInCore() []*Planted {
	return []*Planted{
		{Name: "stale-reply-accepted", Check: DeadlineBound, stubborn: true, reply: acceptStale},
		{Name: "unknown-outcome-is-success", Check: DeadlineBound, reply: believeErrors},
		{Name: "deadline-from-reply", Check: DeadlineBound, settings: believeAll, reply: countFromReply},
		{Name: "no-margin", Check: LeaderHolds, settings: noMargin},
		{Name: "drift-beyond-margin", Check: LeaderHolds, drift: 20_000},
		{Name: "leadership-is-a-flag", Check: OneLeader, leadsByFlag: true},
		{Name: "clock-set-back", Check: LeaderHolds, setsClockBack: true},
		{Name: "late-renewal-resurrects", Check: EndedStaysEnded, stampsReplies: true},
		{Name: "released-attempt-reused", Check: NoReuse, oneAttempt: true},
		{Name: "work-done-before-return", Check: NoReleaseAtWork, eagerDone: true},
		{Name: "drain-limit-ends-work", Check: NoAcquireAtWork, drainEndsWork: true},
		{Name: "loss-not-announced", Check: GainThenLoss, forgetsLoss: true},
		{Name: "call-not-abandoned", Check: OneCall, forgetsAbandon: true},
		{Name: "waits-too-long", Check: CallLimit, settings: func(s *core.Settings) { s.Timeout *= 2 }},
		{Name: "timer-spins", Check: Progress, spins: true},
		{Name: "work-done-twice", Check: Strict, doneTwice: true},
		{Name: "workload-told-first", Check: GivingUpInOrder, tellsFirst: true},
		{Name: "demotion-after-release", Check: GivingUpInOrder, demotesLast: true},
		{Name: "two-gains-without-loss", Check: GainThenLoss, gainsTwice: true},
		{Name: "answer-of-another-tenure", Check: StoreTrusted, reply: answerAnother},
	}
}

func plantedInStore() []*Planted {
	return []*Planted{
		{Name: "acquire-without-check", Check: OneWorkload, loosen: func(s *looseStore) { s.grantsAll = true }},
		{Name: "re-entrant-acquire", Check: OneLeader, loosen: func(s *looseStore) { s.grantsNamesakes = true }},
		{Name: "release-without-compare", Check: LeaseEnds, loosen: func(s *looseStore) { s.releasesAll = true }},
		{Name: "release-by-incarnation", Check: LeaseEnds, loosen: func(s *looseStore) { s.releasesIncarnation = true }},
		{Name: "renew-without-compare", Check: LeaseExtends, loosen: func(s *looseStore) { s.renewsAll = true }},
		{Name: "renew-after-revocation", Check: LeaseExtends, loosen: func(s *looseStore) { s.renewsRevoked = true }},
		{Name: "renew-shortens", Check: LeaseShortens, loosen: func(s *looseStore) { s.cuts = true }},
		{Name: "renew-after-expiry", Check: NoResurrection, loosen: func(s *looseStore) { s.renewsExpired = true }},
		{Name: "fence-not-incremented", Check: FenceGrows, loosen: func(s *looseStore) { s.keepsFence = true }},
		{Name: "repetition-granted-anew", Check: LeaderHolds, loosen: func(s *looseStore) { s.grantsAnew = true }},
		{Name: "renew-re-creates", Check: NoResurrection, loosen: func(s *looseStore) { s.recreates = true }},
		{Name: "release-by-participant", Check: LeaseEnds, loosen: func(s *looseStore) { s.releasesNamesakes = true }},
		{Name: "fence-reset", Check: FenceGrows, loosen: func(s *looseStore) { s.startsAgain = true }},
		{Name: "release-wakes-nobody", Check: Handover, loosen: func(s *looseStore) { s.silent = true }},
		{
			Name: "claim-ignored", Check: ClaimHeeded, trouble: troubleNamed("restart-behind"),
			loosen: func(s *looseStore) { s.noClaims = true },
		},
		{Name: "settles-too-short", Check: OneLeader, trouble: troubleNamed("failover"), hasty: true},
		{Name: "lease-never-expires", Check: FailoverWorst, loosen: func(s *looseStore) { s.neverExpires = true }},
		{Name: "refusal-tells-more-time", Check: FailoverCrash, loosen: func(s *looseStore) { s.tellsMore = true }},
	}
}

// acceptStale takes the answer to an older send of the attempt for that to the newest.
func acceptStale(_ *world, p *participant, in *core.Input) {
	if call, awaits := p.core.Awaited(); awaits && in.Err == nil && in.Lease.Attempt == call.Tenure.Attempt {
		in.Call = call.Number
	}
}

// believeErrors takes an error of the store for success.
func believeErrors(_ *world, p *participant, in *core.Input) {
	call, awaits := p.core.Awaited()
	if awaits && in.Call == call.Number && call.Op == core.OpRenew && outcome(in.Err) == 5 {
		in.Err, in.Lease = nil, stores.Lease{Election: election, Tenure: call.Tenure, TimeLeft: p.cfg.Lease}
	}
}

// answerAnother gives a renewal the answer to that of another tenure.
func answerAnother(_ *world, _ *participant, in *core.Input) {
	if in.Err == nil && in.Lease.Fence > 0 {
		in.Lease.Number++
	}
}

// believeAll makes the core believe more time than it asked for, which countFromReply needs.
func believeAll(s *core.Settings) { s.Lease *= 4 }

// countFromReply moves a deadline by the time that the call took.
func countFromReply(w *world, p *participant, in *core.Input) {
	if in.Err == nil && in.Lease.TimeLeft > 0 {
		in.Lease.TimeLeft += p.now(w).Sub(p.answered.sent)
	}
}

// noMargin takes the margin back as a grace below zero.
func noMargin(s *core.Settings) { s.Grace -= lifecycle.Margin(s.Lease) }

// onActions swaps the end of a leadership with what comes after it.
func (f *Planted) onActions(actions []core.Action) {
	if f.demotesLast {
		slices.SortStableFunc(actions, func(a, b core.Action) int {
			return boolToInt(a.Kind == core.ActionDemote) - boolToInt(b.Kind == core.ActionDemote)
		})
	}
	if !f.tellsFirst {
		return
	}
	for i := 1; i < len(actions); i++ {
		if actions[i-1].Kind == core.ActionDemote {
			actions[i-1], actions[i] = actions[i], actions[i-1]
			return
		}
	}
}

// onStep changes the instant at which an answer is said to have come.
func (f *Planted) onStep(p *participant, in *core.Input, now core.Instant) core.Instant {
	if f.stampsReplies && in.Kind == core.InputReply && p.core.State().Leading() {
		return min(now, p.deadline-1)
	}
	return now
}
