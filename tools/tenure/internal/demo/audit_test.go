package demo

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/gen/elector"
)

const step = time.Millisecond

var testLimits = limits{
	lease: 1000 * step, handover: 167 * step, crash: 1333 * step, worst: 5 * time.Second,
	allowance: 1000 * step, tick: 10 * step,
}

// records builds evidence by hand, in milliseconds.
type records struct{ evidence }

func by(participant string) who {
	return who{Participant: participant, Incarnation: "of " + participant}
}

func (r *records) look(p string, fence uint64, at instant, leads, waking bool) {
	r.Looks = append(r.Looks, look{
		who: by(p), Fence: fence, Before: at * step, After: at*step + step/10, Leads: leads, Waking: waking,
	})
}

func (r *records) write(p string, fence uint64, at instant, accepted bool) {
	r.Writes = append(r.Writes, write{who: by(p), Fence: fence, At: at*step + step/5, Accepted: accepted})
	slices.SortStableFunc(r.Writes, func(a, b write) int { return cmp.Compare(a.At, b.At) })
}

func (r *records) call(p, op string, fence uint64, sent, returned instant, reached bool) {
	r.Calls = append(r.Calls, call{
		who: by(p), Op: op, Fence: fence, Sent: sent * step, Returned: returned * step, Reached: reached, OK: reached,
	})
}

// lead is a term that was acquired just before from, with a look and a write each 10 ms until to.
func (r *records) lead(p string, fence uint64, from, to instant) {
	r.call(p, "acquire", fence, from-1, from, true)
	for at := from; at <= to; at += 10 {
		r.look(p, fence, at, true, false)
		r.write(p, fence, at, true)
	}
}

func (r *records) ends(p string, fence uint64, at instant, why elector.Event) {
	r.Endings = append(r.Endings, ending{who: by(p), Fence: fence, At: at * step, Reason: why})
}

func (r *records) strike(k kind, p string, fence uint64, at, until instant) {
	r.Strikes = append(r.Strikes, strike{who: by(p), Kind: k, Fence: fence, At: at * step, Until: until * step})
}

func (r *records) attend(p string, from, until instant, died bool) {
	r.Attendances = append(r.Attendances, attendance{
		Participant: p, From: from * step, Until: until * step, Died: died,
	})
}

// healthy is a run in which all went well: a strike of each kind, the last leader stopped at the end.
func healthy() *records {
	r := &records{}
	r.attend("p1", 0, 402, false)
	r.attend("p2", 0, 801, true)
	r.attend("p3", 0, 0, false)

	r.lead("p1", 100, 10, 400)
	r.strike(kindStop, "p1", 100, 400, 500)
	r.ends("p1", 100, 401, elector.ReasonStopped)
	r.call("p1", "release", 100, 401, 402, true)
	r.attend("p1", 501, 0, false)

	r.lead("p2", 200, 410, 800)
	r.strike(kindKill, "p2", 200, 801, 0)
	r.attend("p4", 802, 0, false)

	r.lead("p3", 300, 1450, 1900)
	r.strike(kindPause, "p3", 300, 1901, 2700)
	r.look("p3", 300, 2701, false, true)
	r.ends("p3", 300, 2702, elector.ReasonDeadline)

	r.lead("p1", 400, 2500, 3000)
	r.strike(kindStall, "p1", 400, 3001, 3800)
	r.write("p1", 400, 3801, false)
	r.look("p1", 400, 3802, false, true)
	r.ends("p1", 400, 3803, elector.ReasonDeadline)

	r.lead("p3", 500, 3550, 4480)
	r.strike(kindCut, "p3", 500, 4000, 4700)
	r.call("p3", "renew", 500, 4100, 4270, false)
	r.ends("p3", 500, 4490, elector.ReasonDeadline)
	r.call("p3", "acquire", 0, 4750, 4751, true)

	r.lead("p1", 600, 4600, 5000)
	r.Over = 5000 * step
	r.ends("p1", 600, 5001, elector.ReasonStopped)
	return r
}

func TestAHealthyRunHolds(t *testing.T) {
	report := audit(&healthy().evidence, testLimits, false)
	require.False(t, report.Broken(), "%+v", report.violations)
	require.Empty(t, report.ineffective)

	var ended []string
	for _, tenure := range report.tenures {
		ended = append(ended, tenure.Ended)
	}
	require.Equal(t, []string{"stop", "kill", "pause", "pause in a write", "cut", "end of the demo"}, ended)
	var lengths, bounds []time.Duration
	for _, g := range report.gaps {
		lengths, bounds = append(lengths, g.Length/step), append(bounds, g.Bound/step)
	}
	require.Equal(t, []time.Duration{10, 650, 600, 550, 120}, lengths)
	require.Equal(t, []time.Duration{167, 1333, 1333, 1333, 1333}, bounds)
	require.Equal(t, 1, report.refused)
}

// TestPlantedViolations breaks one promise at a time. Each plant must be found, under its own rule.
func TestPlantedViolations(t *testing.T) {
	for _, planted := range []struct {
		name  string
		rule  rule
		plant func(r *records)
	}{
		{"no records at all", ruleGaps, func(r *records) { *r = records{} }},
		{"looks only, and none leads", ruleGaps, func(r *records) {
			*r = records{}
			r.look("p1", 1, 10, false, false)
		}},
		{"two leaders", ruleOneLeader, func(r *records) { r.lead("p3", 350, 2600, 2650) }},
		{"two leaders for one look", ruleOneLeader, func(r *records) { r.look("p3", 450, 3000, true, false) }},
		{"the old leader goes on", ruleOneLeader, func(r *records) { r.look("p1", 100, 412, true, false) }},
		{"the dead leader goes on", ruleOneLeader, func(r *records) { r.look("p2", 200, 1500, true, false) }},
		{"the cut-off leader goes on", ruleOneLeader, func(r *records) { r.look("p3", 500, 4610, true, false) }},
		{"one name, two incarnations", ruleOneLeader, func(r *records) {
			r.look("p1", 700, 4700, true, false)
			r.Looks[len(r.Looks)-1].Incarnation = "another"
		}},
		{"a fence goes down", ruleFences, func(r *records) { r.lead("p2", 599, 5100, 5200) }},
		{"a fence stays", ruleFences, func(r *records) { r.lead("p2", 600, 5100, 5200) }},
		{"a gap is never filled", ruleGaps, func(r *records) { r.Over = 9000 * step }},
		{"a gap is filled too late", ruleGaps, func(r *records) {
			r.lead("p3", 700, 8000, 8100)
			r.Over = 8100 * step
		}},
		{"a hand-over is filled too late", ruleGaps, func(r *records) {
			r.strike(kindStop, "p1", 600, 5000, 0)
			r.lead("p3", 700, 6200, 6300)
			r.Over = 6300 * step
		}},
		{"woke up and believed", ruleFirstLook, func(r *records) { first(r.Looks, 300, true).Leads = true }},
		{"woke up in a write and believed", ruleFirstLook, func(r *records) { first(r.Looks, 400, true).Leads = true }},
		{"woke up and wrote", ruleFirstLook, func(r *records) { r.write("p3", 300, 2703, false) }},
		{"wrote without looking", ruleFirstLook, func(r *records) { r.write("p3", 300, 2700, true) }},
		{"the late write is accepted", ruleWrites, func(r *records) { accept(r, 400) }},
		{"an old fence is accepted", ruleWrites, func(r *records) { r.write("p1", 100, 600, true) }},
		{"one fence, two writers", ruleWrites, func(r *records) { r.write("p3", 600, 4700, true) }},
		{"led after its end", ruleEndedStays, func(r *records) { r.look("p3", 300, 2705, true, false) }},
		{"led after being told", ruleEndedStays, func(r *records) { r.look("p1", 100, 403, true, false) }},
		{"told while it leads", ruleEndedStays, func(r *records) { r.Endings[0].StillLeads = true }},
		{"an elector failed", ruleNoFailure, func(r *records) { r.Failures = []string{"p1: core and machine disagree"} }},
	} {
		t.Run(planted.name, func(t *testing.T) {
			r := healthy()
			planted.plant(r)
			report := audit(&r.evidence, testLimits, false)
			require.True(t, report.Broken())
			require.Contains(t, rulesOf(report), planted.rule, "%+v", report.violations)
		})
	}
}

// TestStrikesWithoutEffect takes from the records what shows that a strike had its effect, or adds what belies it.
func TestStrikesWithoutEffect(t *testing.T) {
	drop := func(keep func(s strike) bool) func(r *records) {
		return func(r *records) {
			r.Strikes = slices.DeleteFunc(r.Strikes, func(s strike) bool { return !keep(s) })
		}
	}
	for _, planted := range []struct {
		name, text string
		plant      func(r *records)
	}{
		{"nothing was done", "no stop had its effect", drop(func(strike) bool { return false })},
		{"no kill", "no kill had its effect", drop(func(s strike) bool { return s.Kind != kindKill })},
		{"a stop of which nobody was told", "no stop had its effect", func(r *records) {
			r.Endings[0].Reason = elector.ReasonDeadline
		}},
		{"a stop that woke nobody up", "no stop had its effect", func(r *records) {
			r.Looks = slices.DeleteFunc(r.Looks, func(l look) bool { return l.Fence == 200 })
		}},
		{"a stop without a release", "no stop had its effect", func(r *records) { released(r).OK = false }},
		{"a kill with a release", "no kill had its effect", func(r *records) {
			r.call("p2", "release", 200, 805, 806, true)
		}},
		{"a kill with a farewell", "no kill had its effect", func(r *records) {
			r.ends("p2", 200, 802, elector.ReasonStopped)
		}},
		{"a kill whose workload looked", "no kill had its effect", func(r *records) { r.look("p2", 200, 805, false, false) }},
		{"a kill whose workload wrote", "no kill had its effect", func(r *records) { r.write("p2", 200, 805, false) }},
		{"a kill that cost no lease", "no kill had its effect", func(r *records) {
			r.call("p2", "renew", 200, 700, 701, true)
		}},
		{"a pause that was not", "no pause had its effect", func(r *records) {
			r.Strikes[2].Until = r.Strikes[2].At + step
		}},
		{"a pause without end", "no pause had its effect", func(r *records) { r.Strikes[2].Until = 0 }},
		{"a pause in which it called", "no pause had its effect", func(r *records) {
			r.call("p3", "renew", 300, 2000, 2001, false)
		}},
		{"a pause in which it was answered", "no pause had its effect", func(r *records) {
			r.call("p3", "get", 0, 1890, 2001, true)
		}},
		{"a pause without a look", "no pause had its effect", func(r *records) { forget(r, 300) }},
		{"a pause with an early look", "no pause had its effect", func(r *records) { r.Looks = slices.Insert(r.Looks, 0, early()) }},
		{"a pause in a write without the write", "no pause in a write had its effect", func(r *records) {
			r.Writes = slices.DeleteFunc(r.Writes, func(w write) bool { return !w.Accepted })
		}},
		{"a cut that lost nothing", "no cut had its effect", func(r *records) { lost(r).Reached = true }},
		{"a cut that ended otherwise", "no cut had its effect", func(r *records) { r.Endings[3].Reason = elector.ReasonRefused }},
		{"a cut that never healed", "no cut had its effect", func(r *records) { r.Strikes[4].Until = 6000 * step }},
	} {
		t.Run(planted.name, func(t *testing.T) {
			r := healthy()
			planted.plant(r)
			report := audit(&r.evidence, testLimits, false)
			require.Contains(t, report.violations, violation{ruleHappened, planted.text})

			interrupted := audit(&r.evidence, testLimits, true)
			require.NotContains(t, rulesOf(interrupted), ruleHappened, "an interrupted run need not be complete")
		})
	}
}

// TestSlownessIsNoViolation: looks that took long, bounds that were missed by less than the allowance, and a run that
// was interrupted break nothing.
func TestSlownessIsNoViolation(t *testing.T) {
	for name, change := range map[string]func(r *records){
		"a look that took until another led": func(r *records) { last(r.Looks, 100).After = 700 * step },
		"a first look that took long":        func(r *records) { first(r.Looks, 200, false).After = 700 * step },
		"a gap above its bound": func(r *records) {
			r.lead("p3", 700, 7000, 7100)
			r.Over = 7100 * step
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := healthy()
			change(r)
			require.Empty(t, audit(&r.evidence, testLimits, false).violations)
		})
	}
	t.Run("a pause cut short by an interrupt", func(t *testing.T) {
		r := &records{}
		r.lead("p1", 100, 10, 400)
		r.strike(kindPause, "p1", 100, 401, 450)
		r.look("p1", 100, 451, true, true)
		r.write("p1", 100, 452, true)
		r.Over = 460 * step
		require.Empty(t, audit(&r.evidence, testLimits, true).violations)
	})
	t.Run("an interrupt before anybody led", func(t *testing.T) {
		require.Empty(t, audit(&evidence{}, testLimits, true).violations)
	})
}

func rulesOf(r *Report) (rules []rule) {
	for _, v := range r.violations {
		rules = append(rules, v.Rule)
	}
	return rules
}

func first(looks []look, fence uint64, waking bool) *look {
	return &looks[slices.IndexFunc(looks, func(l look) bool { return l.Fence == fence && l.Waking == waking })]
}

func last(looks []look, fence uint64) (l *look) {
	for i := range looks {
		if looks[i].Fence == fence {
			l = &looks[i]
		}
	}
	return l
}

func accept(r *records, fence uint64) {
	for i := range r.Writes {
		if w := &r.Writes[i]; w.Fence == fence {
			w.Accepted = true
		}
	}
}

func released(r *records) *call {
	return &r.Calls[slices.IndexFunc(r.Calls, func(c call) bool { return c.Op == "release" })]
}

func lost(r *records) *call {
	return &r.Calls[slices.IndexFunc(r.Calls, func(c call) bool { return !c.Reached })]
}

func forget(r *records, fence uint64) {
	r.Looks = slices.DeleteFunc(r.Looks, func(l look) bool { return l.Fence == fence && l.Waking })
}

// early is a look that was made while its process was paused.
func early() look {
	return look{who: by("p3"), Fence: 300, Before: 2000 * step, After: 2000 * step}
}
