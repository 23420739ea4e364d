package demo

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tenure-go/tenure/gen/elector"
)

// limits are the times that the settings promise.
type limits struct {
	lease time.Duration
	// handover, crash and worst are those of [elector.Config.Failover].
	handover, crash, worst time.Duration
	// allowance is what the auditor grants on top of them before it calls a gap unfilled: the bounds hold for a machine
	// that runs a goroutine when it is due, and no verdict may depend on how busy this one is.
	allowance time.Duration
	// tick is the resolution of the measurement.
	tick time.Duration
}

// patience is how long the script waits for a leader: for so long that what did not come by then is a broken promise.
func (l limits) patience() time.Duration { return l.crash + l.allowance + 2*l.tick }

// rule names a promise.
type rule string

const (
	ruleOneLeader  rule = "at most one leads at every instant"
	ruleEndedStays rule = "an ended term never leads again"
	ruleFirstLook  rule = "the first look after a pause says: not leading"
	ruleFences     rule = "fences grow from term to term"
	ruleWrites     rule = "no write is accepted out of order"
	ruleGaps       rule = "every gap is filled"
	ruleHappened   rule = "each kind of strike happened"
	ruleNoFailure  rule = "no elector fails"
)

// violation is a promise that was broken, and how.
type violation struct {
	Rule rule
	Text string
}

// tenure is one term as the records show it: it led from From to To at least.
type tenure struct {
	who
	Number   int
	Fence    uint64
	From, To instant
	Looks    int
	// Ended is what ended it.
	Ended string
	kind  kind // of the strike that ended it, or 0
}

// gap is the time in which nobody is known to have led, at its longest.
type gap struct {
	After, Before *tenure // Before is nil for a gap that nobody filled
	Length, Bound time.Duration
}

// Report is what the auditor found.
type Report struct {
	tenures    []tenure
	gaps       []gap
	violations []violation
	// ineffective are strikes that did not have the effect of their kind, each with what is missing.
	ineffective []string

	looks, accepted, refused int
}

// Broken tells whether a promise was broken.
func (r *Report) Broken() bool { return r != nil && len(r.violations) > 0 }

// shown are the first few violations of each rule; where one leads to hundreds, the first say enough.
func (r *Report) shown() (list []violation) {
	const most = 3
	total, seen := map[rule]int{}, map[rule]int{}
	for _, v := range r.violations {
		total[v.Rule]++
	}
	for _, v := range r.violations {
		seen[v.Rule]++
		switch more := total[v.Rule] - most; {
		case seen[v.Rule] <= most:
			list = append(list, v)
		case seen[v.Rule] == most+1:
			list = append(list, violation{v.Rule, fmt.Sprintf("%d more of this kind", more)})
		}
	}
	return list
}

func (r *Report) broke(rule rule, format string, args ...any) {
	r.violations = append(r.violations, violation{Rule: rule, Text: fmt.Sprintf(format, args...)})
}

// audit judges the evidence. Where the run was interrupted, not everything need have happened.
func audit(ev *evidence, lim limits, interrupted bool) *Report {
	r := &Report{looks: len(ev.Looks), tenures: tenuresOf(ev)}
	r.oneLeader()
	r.endedStays(ev)
	r.firstLooks(ev, lim)
	r.fencesGrow()
	r.writesInOrder(ev)
	r.gapsFilled(ev, lim, interrupted)
	r.allHappened(ev, lim, interrupted)
	for _, failure := range ev.Failures {
		r.broke(ruleNoFailure, "%s", failure)
	}
	return r
}

// tenuresOf puts the looks that said "leading" together by term, in the order in which the terms began. A term had been
// won before its first look began, so the order of these instants is the order of the grants.
func tenuresOf(ev *evidence) []tenure {
	type key struct {
		who
		fence uint64
	}
	places := map[key]int{}
	var list []tenure
	for _, l := range ev.Looks {
		if !l.Leads {
			continue
		}
		k := key{l.who, l.Fence}
		at, known := places[k]
		if !known {
			at = len(list)
			places[k] = at
			list = append(list, tenure{who: l.who, Fence: l.Fence, From: l.Before, To: l.Before})
		}
		t := &list[at]
		t.From, t.To, t.Looks = min(t.From, l.Before), max(t.To, l.Before), t.Looks+1
	}
	slices.SortStableFunc(list, func(a, b tenure) int { return cmp.Compare(a.From, b.From) })
	for i := range list {
		list[i].Number = i + 1
		list[i].Ended, list[i].kind = endOf(ev, list[i])
	}
	return list
}

// endOf names what ended a term: what was done to it, or else what its workload was told.
func endOf(ev *evidence, t tenure) (string, kind) {
	for _, s := range ev.Strikes {
		if s.who == t.who && s.Fence == t.Fence {
			return s.Kind.String(), s.Kind
		}
	}
	for _, e := range ev.Endings {
		if e.who != t.who || e.Fence != t.Fence {
			continue
		}
		if e.At >= ev.Over && e.Reason == elector.ReasonStopped {
			return "end of the demo", 0
		}
		return reason(e.Reason), 0
	}
	return "unknown", 0
}

// oneLeader compares each two terms of different holders.
func (r *Report) oneLeader() {
	for i, a := range r.tenures {
		for _, b := range r.tenures[i+1:] {
			if a.who != b.who && a.To >= b.From && b.To >= a.From {
				r.broke(ruleOneLeader, "#%d (%s) and #%d (%s) both led from %s to %s",
					a.Number, a.Participant, b.Number, b.Participant, ms(max(a.From, b.From)), ms(min(a.To, b.To)))
			}
		}
	}
}

// endedStays looks for a term that led after one of its own looks, or its own workload's end, had said that it is over.
func (r *Report) endedStays(ev *evidence) {
	for _, t := range r.tenures {
		over, wasOver := instant(0), false
		note := func(at instant) {
			if !wasOver || at < over {
				over, wasOver = at, true
			}
		}
		for _, l := range ev.Looks {
			if l.who == t.who && l.Fence == t.Fence && !l.Leads {
				note(l.After)
			}
		}
		for _, e := range ev.Endings {
			if e.who != t.who || e.Fence != t.Fence {
				continue
			}
			note(e.At)
			if e.StillLeads {
				r.broke(ruleEndedStays, "#%d (%s) was told to stop while a check said that it leads", t.Number, t.Participant)
			}
		}
		if wasOver && t.To > over {
			r.broke(ruleEndedStays, "#%d (%s) was over at %s, and a check said at %s that it leads",
				t.Number, t.Participant, ms(over), ms(t.To))
		}
	}
}

// firstLooks looks for those who woke up from a pause when their leadership had certainly ended, and believed in it.
func (r *Report) firstLooks(ev *evidence, lim limits) {
	for _, s := range ev.Strikes {
		if s.Kind != kindPause && s.Kind != kindStall || s.Until == 0 || !outslept(ev, s, lim) {
			continue
		}
		if l, looked := firstLook(ev, s); looked && l.Leads {
			r.broke(ruleFirstLook, "%s was paused from %s to %s, and then believed that it leads",
				s.Participant, ms(s.At), ms(s.Until))
		}
		wrote := slices.ContainsFunc(ev.Writes, func(w write) bool {
			return w.who == s.who && w.Fence == s.Fence && w.At > s.At
		})
		if wrote && s.Kind == kindPause {
			r.broke(ruleFirstLook, "%s was paused from %s to %s, and wrote under its old fence %d after that",
				s.Participant, ms(s.At), ms(s.Until), s.Fence)
		}
	}
}

// outslept tells whether a pause was longer than the lease, or another led in it. An interrupted run wakes everybody up
// early, and then there is nothing wrong with leading on.
func outslept(ev *evidence, s strike, lim limits) bool {
	next := successor(ev, s)
	return next != nil && next.Before < s.Until || s.Until >= lastLease(ev, s)+lim.lease
}

// firstLook is the first look at the term since its process was paused.
func firstLook(ev *evidence, s strike) (look, bool) {
	for _, l := range ev.Looks {
		if l.who == s.who && l.Fence == s.Fence && l.Before >= s.At {
			return l, true
		}
	}
	return look{}, false
}

func (r *Report) fencesGrow() {
	for i := 1; i < len(r.tenures); i++ {
		if a, b := r.tenures[i-1], r.tenures[i]; b.Fence <= a.Fence {
			r.broke(ruleFences, "#%d has fence %d, and #%d after it has %d", a.Number, a.Fence, b.Number, b.Fence)
		}
	}
}

// writesInOrder does not trust the resource: it reads the writes that were accepted.
func (r *Report) writesInOrder(ev *evidence) {
	var last write
	for _, w := range ev.Writes {
		if !w.Accepted {
			r.refused++
			continue
		}
		r.accepted++
		if w.Fence < last.Fence || w.Fence == last.Fence && w.Incarnation != last.Incarnation {
			r.broke(ruleWrites, "at %s the resource accepted fence %d from %s after fence %d from %s",
				ms(w.At), w.Fence, w.Participant, last.Fence, last.Participant)
		}
		last = w
	}
}

// gapsFilled measures from the last instant at which somebody is known to have led to the first at which somebody is
// known to lead again, which is the longest that the gap can have been.
func (r *Report) gapsFilled(ev *evidence, lim limits, interrupted bool) {
	if len(r.tenures) == 0 && !interrupted {
		r.broke(ruleGaps, "nobody ever led")
	}
	var latest *tenure // whose end is the latest of all that began so far
	for i := range r.tenures {
		if latest == nil || r.tenures[i].To >= latest.To {
			latest = &r.tenures[i]
		}
		g := gap{After: latest, Bound: lim.crash}
		if g.After.kind == kindStop {
			g.Bound = lim.handover
		}
		switch {
		case i+1 < len(r.tenures):
			g.Before = &r.tenures[i+1]
			g.Length = max(g.Before.From-g.After.To, 0)
		default:
			g.Length = ev.Over - g.After.To
		}
		if g.Length > g.Bound+lim.allowance {
			r.broke(ruleGaps, "after #%d (%s) nobody led for %s; the bound is %s, and %s were granted on top",
				g.After.Number, g.After.Ended, ms(g.Length), ms(g.Bound), ms(lim.allowance))
		}
		if g.Before != nil || g.Length > g.Bound {
			r.gaps = append(r.gaps, g)
		}
	}
}

// allHappened asks for at least one strike of each kind whose effect the records show.
func (r *Report) allHappened(ev *evidence, lim limits, interrupted bool) {
	effective := map[kind]bool{}
	for at, s := range ev.Strikes {
		if err := happened(ev, at, lim); err != nil {
			r.ineffective = append(r.ineffective, fmt.Sprintf("the %s of %s at %s: %v", s.Kind, s.Participant, ms(s.At), err))
			continue
		}
		effective[s.Kind] = true
	}
	for _, k := range kinds {
		if !effective[k] && !interrupted {
			r.broke(ruleHappened, "no %s had its effect", k)
		}
	}
}
