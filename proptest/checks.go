package proptest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tenure-go/tenure/fsm/core"
)

// Check is one property that every run is held against.
type Check uint8

// The checks.
const (
	// OneLeader: at most one participant leads, each asked with its own clock's present reading.
	OneLeader Check = iota
	// LeaderHolds: whoever leads holds the lease at the store, under its tenure, with time left.
	LeaderHolds
	// OneWorkload: at most one participant's workload runs within the time that it was given.
	OneWorkload
	// FenceGrows: every new tenure at the store has a fence above all before.
	FenceGrows
	// NoResurrection: a tenure that is over at the store does not come back under its fence.
	NoResurrection
	// EndedStaysEnded: a tenure that was once seen not to lead never leads again.
	EndedStaysEnded
	// GainThenLoss: gains and losses alternate, and each loss is of the tenure gained before.
	GainThenLoss
	// GivingUpInOrder: not leading for anybody comes before the workload is told, and that before the news.
	GivingUpInOrder
	// NoAcquireAtWork: no acquire is sent while an own workload runs.
	NoAcquireAtWork
	// NoReleaseAtWork: nothing is released or given back while an own workload runs.
	NoReleaseAtWork
	// NoReuse: an attempt that was released or given back is not sent as an acquire again.
	NoReuse
	// Strict: each step is in the table, unless a caller's command asked for one that is not.
	Strict
	// DeadlineBound: a deadline is at most the send of the very call answered + time granted - margin - grace.
	DeadlineBound
	// LeaseEnds: a live lease ends by expiry, or by its own holder, which has stopped leading.
	LeaseEnds
	// LeaseExtends: a lease is extended by a renewal of its own tenure only, and never once revoked.
	LeaseExtends
	// LeaseShortens: nothing shortens a lease.
	LeaseShortens
	// OneCall: at most one call is awaited.
	OneCall
	// CallLimit: a call is waited for no longer than the timeout, and a renewal that leads not past the deadline.
	CallLimit
	// Progress: what time alone changes next lies in the future.
	Progress
	// FailoverWorst: once faults have ended, somebody leads within the worst-case failover time.
	FailoverWorst
	// FailoverCrash: when a leader dies and nothing else goes wrong, somebody leads within the crash failover time.
	FailoverCrash
	// AcceptedGrows: the resource accepts no fence lower than one that it has accepted.
	AcceptedGrows
	// OneWriter: what the resource accepted under one fence was written by one incarnation.
	OneWriter
	// LeaderWrites: the writes of whoever leads, when they arrive, are accepted.
	LeaderWrites
	// Handover: when a leader gives the lease back, and wake-ups work, somebody else leads within the handover time.
	Handover
	// StableLeader: in the calm nobody loses a tenure that began there.
	StableLeader
	// StoreTrusted: no answer of a store that keeps its contract is found to break it.
	StoreTrusted
	// ClaimHeeded: a new tenure's fence is above the highest that its candidate has seen.
	ClaimHeeded

	// CheckCount is the number of checks.
	CheckCount = iota
)

// checks are the names, and the rules of safety that each check stands for.
var checks = [CheckCount]struct{ name, rules string }{
	OneLeader:       {"one-leader", "1, 2"},
	LeaderHolds:     {"leader-holds", "1, 2"},
	OneWorkload:     {"one-workload", "1, 6"},
	FenceGrows:      {"fence-grows", "5"},
	NoResurrection:  {"no-resurrection", "3, 5"},
	EndedStaysEnded: {"ended-stays-ended", "1, 2"},
	GainThenLoss:    {"gain-then-loss", "7"},
	GivingUpInOrder: {"giving-up-in-order", "6"},
	NoAcquireAtWork: {"no-acquire-at-work", "6"},
	NoReleaseAtWork: {"no-release-at-work", "6"},
	NoReuse:         {"no-reuse", "4"},
	Strict:          {"strict", "the table"},
	DeadlineBound:   {"deadline-bound", "1"},
	LeaseEnds:       {"lease-ends", "3"},
	LeaseExtends:    {"lease-extends", "3"},
	LeaseShortens:   {"lease-shortens", "4"},
	OneCall:         {"one-call", "4"},
	CallLimit:       {"call-limit", "2, 4"},
	Progress:        {"progress", "7"},
	FailoverWorst:   {"failover-worst", "9"},
	FailoverCrash:   {"failover-crash", "9"},
	AcceptedGrows:   {"accepted-grows", "5"},
	OneWriter:       {"one-writer", "5"},
	LeaderWrites:    {"leader-writes", "5"},
	Handover:        {"handover", "8, 9"},
	StableLeader:    {"stable-leader", "8"},
	StoreTrusted:    {"store-trusted", "5"},
	ClaimHeeded:     {"claim-heeded", "5"},
}

// String returns the check's name.
func (c Check) String() string { return checks[c].name }

// Rules says which rules of safety the check stands for.
func (c Check) Rules() string { return checks[c].rules }

// Violation is a run that broke a check.
type Violation struct {
	Check Check
	// Seed replays the run; Planted names the fault that was planted, if any.
	Seed    uint64
	Planted string
	// Keep is the part of the run that was kept; nil for all of it.
	Keep *Keep
	// Trouble names what went beyond the assumptions, if anything did.
	Trouble string
	// At is the virtual time, Detail what was seen, Tail the last lines of the transcript.
	At     time.Duration
	Detail string
	Tail   []string
}

// Replay is the command that replays the run.
func (v *Violation) Replay() string {
	replay := fmt.Sprintf("go test ./proptest -run TestReplay -seed %d", v.Seed)
	if v.Planted != "" {
		replay += " -planted " + v.Planted
	}
	if v.Keep != nil {
		replay += " -keep " + v.Keep.String()
	}
	if v.Trouble != "" {
		replay += " -trouble " + v.Trouble
	}
	return replay
}

// String says what was broken, how to replay it, and what led to it.
func (v *Violation) String() string {
	return fmt.Sprintf("%s (rule %s) is broken in seed %d at %v: %s\nreplay with: %s\n  %s",
		v.Check, v.Check.Rules(), v.Seed, v.At, v.Detail, v.Replay(), strings.Join(v.Tail, "\n  "))
}

// violate notes that a check was broken, the first time that it is in a run. The arguments are formatted only then.
func (w *world) violate(check Check, format string, args ...any) {
	if w.broken[check] {
		return
	}
	w.broken[check] = true
	if slices.Contains(w.beyond.Waives, check) {
		w.stats.Waived[check]++
		return
	}
	w.violations = append(w.violations, &Violation{
		Check: check, Seed: w.opt.Seed, Planted: w.planted.Name, Trouble: w.beyond.Name, Keep: w.opt.Keep, At: time.Duration(w.now),
		Detail: fmt.Sprintf(format, args...), Tail: w.log.tail(),
	})
	// A participant whose timer is always due would keep the run at this instant.
	w.over = w.over || !w.opt.KeepGoing || check == Progress
}

// look runs the checks that hold at every instant.
func (w *world) look() {
	leaders, busy, asleep, overdue := 0, 0, 0, 0
	for i := range w.participants {
		p := &w.participants[i]
		if !p.up {
			continue
		}
		now := p.now(w)
		switch {
		case w.lookAt(p, now):
			leaders++
		case p.core.State().Leading():
			asleep++
		case len(p.works) > 0:
			overdue++
		}
		if p.working(now) {
			busy++
		}
	}
	if leaders > 0 && asleep > 0 {
		w.reach(HandoverWhileOneSleeps)
	}
	if leaders > 0 && overdue > 0 {
		w.reach(OverlappingWork)
	}
	if leaders > 1 {
		w.violate(OneLeader, "%d participants lead", leaders)
	}
	if busy > 1 {
		w.violate(OneWorkload, "workloads of %d participants run within the time that they were given", busy)
	}
	w.lookForLeader(leaders > 0)
}

// lookAt checks one participant's belief, and returns it.
func (w *world) lookAt(p *participant, now core.Instant) bool {
	leads := p.core.Leads(now)
	if w.planted.leadsByFlag {
		leads = p.core.State().Leading()
	}
	if !leads {
		if p.led != 0 {
			p.ended, p.led = p.led, 0
		}
		return false
	}
	tenure := p.core.Tenure()
	if tenure.Fence <= p.ended {
		w.violate(EndedStaysEnded, "p%d leads under fence %d, which had ended", p.index, tenure.Fence)
	}
	p.led = tenure.Fence
	w.expireLease()
	switch l := &w.ledger; {
	case !l.held:
		w.violate(LeaderHolds, "p%d leads under fence %d, and nobody holds the lease", p.index, tenure.Fence)
	case l.tenure != p.wire(w, tenure):
		w.violate(LeaderHolds, "p%d leads under %+v, and the lease is held under %+v", p.index, tenure, l.tenure)
	}
	return true
}

// lookForLeader holds the time without a leader, on the store's clock, against what the settings promise.
func (w *world) lookForLeader(led bool) {
	if w.phase < phaseCalm {
		return
	}
	now := w.storeNow()
	w.lookForSuccessor(led, now)
	gap := now - w.lastLed
	if !led || w.leaderless {
		longest := &w.stats.WorstGap
		if w.crashed {
			longest = &w.stats.CrashGap
		}
		*longest = max(*longest, float64(gap)/float64(w.patience))
	}
	w.leaderless = !led
	if led {
		w.lastLed = now
	}
	switch {
	case led, gap <= w.patience:
	case w.crashed:
		w.violate(FailoverCrash, "nobody leads %v after the leader died", time.Duration(gap))
	default:
		w.violate(FailoverWorst, "nobody leads for %v", time.Duration(gap))
	}
}

// lookForSuccessor holds the time from a release to the next leader against what the settings promise.
func (w *world) lookForSuccessor(led bool, now int64) {
	if w.freed == 0 {
		return
	}
	gap, allowed := now-w.freed, w.allowed(w.plan.slowest.Failover().Handover)
	w.stats.HandoverGap = max(w.stats.HandoverGap, float64(gap)/float64(allowed))
	if led {
		w.freed = 0
		w.stats.Handed++
	} else if gap > allowed {
		w.violate(Handover, "nobody leads %v after the leader gave the lease back", time.Duration(gap))
	}
}

// checkDeadline compares a deadline with what the very call that was answered allows, computed anew.
func (w *world) checkDeadline(p *participant, deadline core.Instant, extends bool) {
	margin := max(p.answered.granted/100, 10*time.Millisecond)
	bound := p.answered.sent.Add(p.answered.granted - margin - p.cfg.Grace)
	if !p.answered.success {
		bound = -core.Never
	}
	if extends {
		bound = max(bound, p.deadline)
	}
	if deadline > bound {
		w.violate(DeadlineBound, "p%d leads until %d, and call %d, sent at %d for %v, allows %d",
			p.index, deadline, p.answered.number, p.answered.sent, p.answered.granted, bound)
	}
}

// checkSend looks at a call as it leaves a participant.
func (w *world) checkSend(p *participant, call *core.Call, now core.Instant) {
	if p.awaited != 0 {
		w.violate(OneCall, "p%d sends call %d while it awaits %d", p.index, call.Number, p.awaited)
	}
	latest := now.Add(p.cfg.Timeout)
	if call.Op == core.OpRenew && p.core.State().Leading() {
		latest = min(latest, p.deadline)
	}
	if call.Limit > latest || call.Sent != now {
		w.violate(CallLimit, "p%d at %d waits for call %d, sent at %d, until %d; %d is the latest",
			p.index, now, call.Number, call.Sent, call.Limit, latest)
	}
	number := call.Tenure.Number
	switch call.Op {
	case core.OpAcquire:
		if len(p.works) > 0 {
			w.violate(NoAcquireAtWork, "p%d sends an acquire while its workload runs", p.index)
		}
		if number <= p.released || number < p.attempt {
			w.violate(NoReuse, "p%d sends an acquire for attempt %d; %d was given back", p.index, number, p.released)
		}
		p.attempt = number
	case core.OpRelease:
		if len(p.works) > 0 {
			w.violate(NoReleaseAtWork, "p%d sends a release while its workload runs", p.index)
		}
		p.released = max(p.released, number)
	case core.OpRenew, core.OpGet:
	}
}

// checkNews keeps the books of gains and losses.
func (w *world) checkNews(p *participant, gained bool, fence uint64) {
	switch {
	case gained && (p.gained != 0 || fence <= p.lost):
		w.violate(GainThenLoss, "p%d gains fence %d; fence %d is gained and %d was lost before", p.index, fence, p.gained, p.lost)
	case !gained && fence != p.gained:
		w.violate(GainThenLoss, "p%d loses fence %d; fence %d is gained", p.index, fence, p.gained)
	case gained:
		p.gained = fence
	default:
		p.gained, p.lost = 0, fence
	}
}

// checkOrder looks at the actions of a step for the order in which a leadership is given up.
func (w *world) checkOrder(p *participant, actions []core.Action) {
	demoted, told, released := false, false, false
	for i := range actions {
		switch actions[i].Kind {
		case core.ActionDemote:
			demoted = true
			if released {
				w.violate(GivingUpInOrder, "p%d stops leading after it has sent the release", p.index)
			}
		case core.ActionCancelWork:
			if !demoted {
				w.violate(GivingUpInOrder, "p%d tells the workload before it has stopped leading", p.index)
			}
			told = true
		case core.ActionSend:
			released = released || actions[i].Call.Op == core.OpRelease
		case core.ActionLost:
			if !demoted || !told {
				w.violate(GivingUpInOrder, "p%d announces the loss too early", p.index)
			}
		default:
		}
	}
}
