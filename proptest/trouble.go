package proptest

import (
	"context"
	"slices"
	"time"
)

// Trouble is something that goes beyond what participants and stores may assume, so that not every promise can be kept.
// Every check that it does not waive must hold in spite of it, and every one that it does must be seen broken by it.
type Trouble struct {
	// Name names the trouble; Why says what is promised then, and why no more.
	Name, Why string
	// Waives are the promises that are not made.
	Waives []Check
	// Drift and StoreDrift are how far the rates of the participants' clocks, and of the store's, are off, in 10^-6. Less
	// than half of the margin's 1 % is within the assumptions.
	Drift, StoreDrift int64
	// Forward and Back: the store's clock is set, by up to Step more than by a few lease times.
	Forward, Back bool
	Step          time.Duration
	// Failover: a replica is promoted that does not know of the store's last calls. Restart: the store knows of none.
	Failover, Restart bool
	// Settles, NoFloor and NoClaims are the remedies: after a failover or a restart nothing is granted for as long as a
	// lease may last. Fences begin at the store's clock in microseconds, unless there is no floor. They are above what the
	// candidate has seen, unless claims are not heeded.
	Settles, NoFloor, NoClaims bool
}

// asLongAsBelieved are the promises that need the store to hold a lease for as long as its holder believes.
var asLongAsBelieved = []Check{OneLeader, LeaderHolds, OneWorkload, LeaderWrites}

// Troubles returns what lies beyond the assumptions, and what is promised there. For failovers it is what TLC finds in the
// model, by the same names; see tla/MUTANTS.md.
func Troubles() []*Trouble {
	return append(troublesOfClocks(), troublesOfStores()...)
}

func troubleNamed(name string) *Trouble {
	all := Troubles()
	return all[slices.IndexFunc(all, func(t *Trouble) bool { return t.Name == name })]
}

func troublesOfClocks() []*Trouble {
	const rate = 100_000
	return []*Trouble{
		{
			Name: "drift", Drift: rate, Waives: asLongAsBelieved,
			Why: "A slow clock believes in a lease that has ended, so two may lead, under fences that differ: the older one's " +
				"writes are refused. Nothing else depends on rates.",
		},
		{
			Name: "store-drift", StoreDrift: 2 * rate, Waives: asLongAsBelieved,
			Why: "A fast clock of the store ends leases in which holders still believe: as with drift.",
		},
		{
			Name: "clock-forward", Forward: true, Step: time.Hour, Waives: asLongAsBelieved,
			Why: "Leases end early, so a second grant comes while the first holder believes in its own, under a higher fence.",
		},
		{
			Name: "clock-back", Back: true, Step: time.Hour, Waives: []Check{FailoverWorst, FailoverCrash},
			Why: "A lease lasts longer by as much, so a dead holder is waited for. Fences go on from the last one.",
		},
		{
			Name: "clock-days-back", Back: true, Step: 72 * time.Hour,
			Waives: []Check{FailoverWorst, FailoverCrash, Handover},
			Why: "As with clock-back; and what candidates have seen is too far ahead of the clock to be believed, so that they " +
				"are refused until it has caught up.",
		},
	}
}

func troublesOfStores() []*Trouble {
	forgotten := []Check{LeaderHolds}
	counted := []Check{FenceGrows, NoResurrection, LeaderWrites}
	unclaimed := slices.Concat(counted, []Check{StoreTrusted})
	return []*Trouble{
		{
			Name: "failover-epoch-claims", Failover: true, Waives: asLongAsBelieved,
			Why: "A lease is forgotten in which its holder believes until its next renewal. Every store that ships is so " +
				"at the least: the next fence is above the clock, hence above all that were lost.",
		},
		{
			Name: "failover", Failover: true, Settles: true, Waives: forgotten,
			Why: "The lease is forgotten, and nobody is granted another while it may last. All else holds, and takes as much longer as the store settles: what may have been forgotten is over by then.",
		},
		{
			Name: "failover-unprepared", Failover: true, NoFloor: true, NoClaims: true,
			Waives: slices.Concat(unclaimed, asLongAsBelieved),
			Why: "A fence that was lost is given once more, to another or to the same, who refuses what it has seen before. " +
				"The resource accepts one writer for each fence all the same, since it compares the incarnation.",
		},
		{
			Name: "failover-waits", Failover: true, Settles: true, NoFloor: true, NoClaims: true,
			Waives: slices.Concat(unclaimed, forgotten),
			Why:    "One leads at a time, and the fence that was lost is given once more.",
		},
		{
			Name: "failover-claims", Failover: true, NoFloor: true, Waives: slices.Concat(counted, asLongAsBelieved),
			Why: "Not every candidate has seen the fence that was lost.",
		},
		{
			Name: "failover-waits-claims", Failover: true, Settles: true, NoFloor: true, Waives: slices.Concat(counted, forgotten),
			Why: "One leads at a time, and not every candidate has seen the fence that was lost.",
		},
		{
			Name: "restart", Restart: true, Waives: asLongAsBelieved,
			Why: "As at a failover: the leases are forgotten, and fences are above the clock.",
		},
		{
			Name: "restart-settles", Restart: true, Settles: true, Waives: forgotten,
			Why: "As at a failover of a store that settles.",
		},
		{
			Name: "restart-behind", Restart: true, Back: true, Waives: slices.Concat([]Check{FenceGrows, NoResurrection}, asLongAsBelieved),
			Why: "The clock is set back by more than the store was down: only the candidates' claims hold fences up, and not " +
				"every candidate has seen the highest.",
		},
	}
}

// loses tells whether the store may forget calls.
func (t *Trouble) loses() bool { return t.Failover || t.Restart }

// remedies tells whether fences are what a store that keeps its contract mints.
func (t *Trouble) remedies() bool { return !t.NoFloor && !t.NoClaims }

// happens tells whether the trouble comes at instants, and not all the time.
func (t *Trouble) happens() bool { return t.loses() || t.Forward || t.Back }

// fencesMayFall tells whether a fence may be minted that is not above all before.
func (t *Trouble) fencesMayFall() bool { return !t.remedies() || t.Restart && t.Back }

// settlesFor is how long the store grants nothing when it may have lost something.
func (w *world) settlesFor() time.Duration {
	if !w.beyond.Settles {
		return 0
	}
	if w.planted.hasty {
		return w.plan.slowest.Lease / 4
	}
	return w.plan.slowest.Lease
}

// drawTrouble draws when trouble comes next, and makes it.
func (w *world) drawTrouble() {
	w.troubles++
	w.trouble.name(throwTrouble, -1, uint64(w.troubles), 0) //nolint:gosec // few
	pause := 1 + int64(w.trouble.ExpFloat64()*6*float64(w.plan.slowest.Lease))
	if next := w.now + pause; next < w.plan.faultsEnd {
		w.agenda.push(event{at: next, kind: evTrouble})
	}
	w.expireLease()
	u, v := w.trouble.Float64(), w.trouble.Float64()
	step := int64(u * 3 * float64(w.plan.slowest.Lease))
	if w.trouble.IntN(4) == 0 {
		step += int64(v * float64(w.beyond.Step))
	}
	if w.beyond.Back {
		step = -step
	}
	if w.beyond.Forward || w.beyond.Back {
		w.storeClock.offset += step
	}
	if w.beyond.loses() {
		w.failOver(int64(v * v * 2 * float64(w.plan.slowest.Lease)))
	}
	w.log.add(w.now, recTrouble, -1, uint64(step), 0, 0) //nolint:gosec // printed as it is
	w.expireLease()
}

// failOver makes the store forget the calls of the last while, or all. Every subscriber's connection ends, and is made
// anew some time later.
func (w *world) failOver(lag int64) {
	before := w.ledger
	kept := w.failing.knownAt(w.now - lag)
	if w.beyond.Restart {
		kept = 0
	}
	notices, err := w.failing.lose(kept)
	if err != nil {
		w.violate(Strict, "there are no wake-ups: %v", err)
	}
	w.notices = notices
	w.expireLease()
	after, holder := &w.ledger, w.holder(before.tenure)
	switch same := before.held && after.held && before.tenure == after.tenure; {
	case same:
	case before.held && holder != nil && holder.core.Leads(holder.now(w)):
		w.reach(LeaseLost)
	case after.held:
		w.reach(LeaseBack)
	}
	for i := range w.participants {
		if p := &w.participants[i]; p.subscribed {
			w.missed(p, p.cfg.Timeout/4)
		}
	}
}

// expireLease lets time pass at the store as the checks know it. Where the store's clock is set, or the store forgets,
// the store itself has to be asked: what it holds changes by more than calls and time.
func (w *world) expireLease() {
	l := &w.ledger
	if !w.beyond.happens() {
		l.expire(w.storeNow())
		return
	}
	lease, err := w.store.Get(context.Background(), election)
	l.held = err == nil
	if l.held {
		l.tenure, l.revoked, l.end = lease.Tenure, lease.Revoked, w.storeNow()+int64(lease.TimeLeft)
	}
}
