package spec_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/spec"
)

// mutation plants one fault in the committed table: each pair of texts is replaced once. An empty new text removes.
type mutation struct {
	rule    string
	replace []string // old, new, old, new, ...
	want    string   // part of the fault that catches it
}

// TestEachRuleCatchesItsPlantedFault shows of every rule that it can fail: a check that cannot is a defect.
func TestEachRuleCatchesItsPlantedFault(t *testing.T) {
	table := source(t)
	for _, set := range [][]mutation{structure, names, graph, leadership, flow} {
		for _, m := range set {
			t.Run(m.rule, func(t *testing.T) {
				_, err := spec.Parse("mutant.yaml", []byte(m.apply(t, table)))
				require.ErrorContains(t, err, m.want)
			})
		}
	}
}

func (m mutation) apply(t *testing.T, text string) string {
	t.Helper()
	for i := 0; i < len(m.replace); i += 2 {
		require.Equal(t, 1, strings.Count(text, m.replace[i]), "occurrences of %q", m.replace[i])
		text = strings.Replace(text, m.replace[i], m.replace[i+1], 1)
	}
	return text
}

func source(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile(committed)
	require.NoError(t, err)
	return string(data)
}

// row returns the beginning of a row, up to its effects.
func row(from, on, to string) string {
	return "{from: " + from + ", on: " + on + ", to: " + to + ", do: ["
}

var structure = []mutation{
	{"yaml syntax", []string{"machine: participant", "machine: [participant"}, "not YAML"},
	{"unknown key at the top", []string{"initial: idle", "initial: idle\ninital: idle"}, `the table has the unknown key "inital" (did you mean initial?)`},
	{"unknown key of a state", []string{"    final: true", "    finall: true"}, `state closed has the unknown key "finall" (did you mean final?)`},
	{"unknown key of an effect", []string{"    ends: [spent]", "    end: [spent]"}, `effect new_attempt has the unknown key "end" (did you mean ends?)`},
	{"unknown key of the timing", []string{"    floor: 10ms", "    floor: 10ms\n    roof: 20ms"}, `timing.margin has the unknown key "roof"`},
	{"prose cut by a comma", []string{"The workload has returned.}\n  - {from: draining", "The workload, it has returned.}\n  - {from: draining"}, "a comma ends a text"},
	{"key twice", []string{"initial: idle", "initial: idle\ninitial: idle"}, "the table has the key initial twice, here and at"},
	{"wrong type of a flag", []string{"leading: true", "leading: 1"}, "state leading: leading must be true or false, not a whole number"},
	{"wrong type of a list", []string{"raises: [drain_over]", "raises: drain_over"}, "pending drain: raises must be a list, not a text"},
	{"wrong type of a text", []string{"initial: idle", "initial: [idle]"}, "the table: initial must be a text, not a list"},
	{"wrong type of an item", []string{"starts: [drain]", "starts: [[drain]]"}, "effect arm_drain: starts must hold names, not a list"},
	{"wrong type of a mapping", []string{"{from: idle, on: close, to: closed, do: [], why: Nothing is left to wait for.}", "[idle, close]"}, "row must be a mapping, not a list"},
	{"anchor", []string{"initial: idle", "initial: &first idle"}, "not an anchor, alias or tag"},
	{"second document", []string{"  budget:", "---\nbudget:"}, "a second document"},
	{"missing section", []string{"initial: idle\n", ""}, "the table lacks the key initial"},
	{"missing key", []string{", why: Nothing is left to wait for.", ""}, "row (idle, close) lacks the key why"},
	{"missing doc", []string{"    doc: The pause before the next renewal.\n", ""}, "pending beat lacks the key doc"},
	{"empty doc", []string{"doc: The pause before the next renewal.", "doc: ' '"}, "pending beat: doc is empty"},
	{"empty why", []string{"why: Nothing is left to wait for.", "why:"}, "row (idle, close): why is empty"},
	{"empty list of states", []string{"{on: work_done, in: [closed]", "{on: work_done, in: []"}, "ignore of work_done: in names no state"},
	{"margin below", []string{"percent: 1", "percent: 0"}, "percent is 0, and must be from 1 to 50"},
	{"margin above", []string{"percent: 1", "percent: 51"}, "percent is 51, and must be from 1 to 50"},
	{"floor is no duration", []string{"floor: 10ms", "floor: ten"}, `floor is "ten", and must be a positive duration`},
	{"floor is not positive", []string{"floor: 10ms", "floor: 0s"}, `floor is "0s", and must be a positive duration`},
	{"validity without the margin", []string{"margin: 1\n", "margin: 0\n"}, "timing.validity: margin is 0"},
	{"validity without the grace", []string{"grace: 1\n", "grace: 0\n"}, "timing.validity: grace is 0"},
	{"validity without a reason", []string{"    why: >-\n      A grant may be used", "    why: >-\n\n    by: >-\n      A grant may be used"}, `timing.validity has the unknown key "by"`},
	{"budget of renewal", []string{"renewal: 1", "renewal: 0"}, "timing.budget: renewal is 0"},
	{"budget of timeout", []string{"timeout: 2", "timeout: 0"}, "timing.budget: timeout is 0"},
	{"budget of retry", []string{"retry: 1", "retry: -1"}, "timing.budget: retry is -1"},
	{"budget is no number", []string{"retry: 1", "retry: 1.5"}, "timing.budget: retry must be a whole number, not a fraction"},
}

var names = []mutation{
	{"form of a name", []string{"name: closed", "name: Closed"}, `state "Closed": a name is lower-case`},
	{"state twice", []string{"name: overdue", "name: draining"}, "state draining is defined twice, here and at"},
	{"event twice", []string{"name: informed", "name: vacated"}, "event vacated is defined twice"},
	{"effect twice", []string{"name: disarm_try", "name: arm_try"}, "effect arm_try is defined twice"},
	{"pending twice", []string{"name: lookup", "name: release"}, "pending release is defined twice"},
	{"unknown state", []string{row("idle", "start", "following"), row("idle", "start", "folowing")}, `row (idle, start) names the unknown state "folowing" (did you mean following?)`},
	{"unknown state of an ignore", []string{"{on: work_done, in: [closed]", "{on: work_done, in: [clsed]"}, `ignore of work_done names the unknown state "clsed" (did you mean closed?)`},
	{"unknown event", []string{row("idle", "start", "following"), row("idle", "strat", "following")}, `names the unknown event "strat" (did you mean start?)`},
	{"unknown event raised", []string{"raises: [drain_over]", "raises: [drain_ovr]"}, `pending drain names the unknown event "drain_ovr" (did you mean drain_over?)`},
	{"unknown event at once", []string{"at_once: [unattended]", "at_once: [unatended]"}, `effect await_workload names the unknown event "unatended" (did you mean unattended?)`},
	{"unknown effect", []string{row("idle", "start", "following") + "watch", row("idle", "start", "following") + "wacth"}, `names the unknown effect "wacth" (did you mean watch?)`},
	{"unknown pending started", []string{"starts: [drain]", "starts: [drian]"}, `effect arm_drain names the unknown pending "drian" (did you mean drain?)`},
	{"unknown pending ended", []string{"ends: [drain]", "ends: [drian]"}, `effect disarm_drain names the unknown pending "drian" (did you mean drain?)`},
	{"unknown name without a neighbour", []string{"starts: [drain]", "starts: [zzzzzzzz]"}, `effect arm_drain names the unknown pending "zzzzzzzz"`},
	{"unknown initial", []string{"initial: idle", "initial: idel"}, `the table names the unknown state "idel" (did you mean idle?)`},
	{"unknown source", []string{"name: start\n    from: command", "name: start\n    from: comand"}, `event start names the unknown source "comand" (did you mean command?)`},
	{"unknown kind", []string{"kind: watch", "kind: wacth"}, `pending subscription names the unknown kind "wacth" (did you mean watch?)`},
	{"two rows for a pair", []string{row("idle", "campaign", "acquiring"), row("idle", "try", "acquiring")}, "(idle, try) is handled twice, here and at"},
	{"row and ignore for a pair", []string{"{on: work_done, in: [closed]", "{on: work_done, in: [closed, draining]"}, "(draining, work_done) is handled twice, here and at"},
	{"two ignores for a pair", []string{"{on: work_done, in: [closed]", "{on: work_done, in: [closed, leading]"}, "(leading, work_done) is handled twice, here and at"},
	{"event raised twice", []string{"raises: [repeat_due]", "raises: [repeat_due, renew_due]"}, "event renew_due is raised by the pendings repeat and beat"},
	{"event raised by nothing", []string{"raises: [vacated, informed]", "raises: [vacated]"}, "event informed comes from the wake-up, but no pending and no effect raises it"},
	{"event at once raised by nothing", []string{"    at_once: [unattended]\n", ""}, "event unattended comes from the workload, but no pending and no effect raises it"},
	{"command raised by a pending", []string{"raises: [repeat_due]", "raises: [repeat_due, start]"}, "pending repeat raises the command start"},
	{"command raised by an effect", []string{"at_once: [unattended]", "at_once: [unattended, stop]"}, "effect await_workload raises the command stop"},
	{"event from elsewhere", []string{"raises: [renew_due]", "raises: [renew_due, unattended]"}, "pending beat is a timer and raises unattended, which comes from the workload"},
	{"mark that raises", []string{"kind: watch", "kind: mark"}, "pending subscription is a mark, which raises nothing, and raises vacated"},
	{"pending that raises nothing", []string{"    raises: [work_done]\n", ""}, "pending workload raises nothing, which only a mark may"},
	{"unused effect", []string{row("following", "observe_due", "following") + "call_get", row("following", "observe_due", "following")}, "effect call_get is unused: no row does it"},
	{"unused event", []string{"  - {on: informed, in: [acquiring", "  - {on: vacated, in: [acquiring", "  - {on: informed, in: [leading]", "  - {on: vacated, in: [leading]", row("following", "informed", "following"), row("following", "vacated", "following")}, "event informed is unused"},
	{"unused pending", []string{"    starts: [subscription]\n", ""}, "pending subscription is unused: no effect starts it"},
}

var graph = []mutation{
	{"unreachable state", []string{row("draining", "drain_over", "overdue"), row("draining", "drain_over", "following"), row("abandoned", "start", "overdue"), row("abandoned", "start", "following")}, "state overdue cannot be reached from idle"},
	{"dead end", []string{row("idle", "close", "closed"), row("idle", "close", "idle"), row("abandoned", "close", "closed"), row("abandoned", "close", "idle")}, "state idle is a dead end: no final state can be reached from it"},
	{"final state with a way out", []string{row("idle", "close", "closed"), row("closed", "close", "idle")}, "row (closed, close) leads out of the final state closed"},
	{"no final state", []string{"    final: true\n", ""}, "no state is final"},
	{"no leading state", []string{"    leading: true\n", ""}, "no state is leading"},
	{"everywhere", []string{"{on: stop, in: [idle, abandoned, closed]", "{on: stop, in: [idle, abandoned]"}, "state closed neither handles nor ignores stop, which must be handled everywhere"},
}

const (
	granted  = "{from: acquiring, on: granted, to: leading, do: [adopt_grant, arm_renew, announce_gained]"
	resign   = "{from: leading, on: resign, to: draining, do: [drop_grant, cancel_workload, announce_lost, arm_drain, finish_workload]"
	lost     = "{from: leading, on: lost, to: draining, do: [disarm_renew, drop_grant, cancel_workload, announce_lost, arm_drain, await_workload]"
	deadline = "{from: leading, on: deadline, to: draining, do: [drop_grant, cancel_workload, announce_lost, arm_drain, await_workload]"
)

// with returns a row with one part of it replaced.
func with(row, before, after string) []string {
	return []string{row, strings.Replace(row, before, after, 1)}
}

var leadership = []mutation{
	{"vocabulary: effect", []string{"name: extend_grant", "name: prolong_grant"}, "the rules of safety need an effect named extend_grant"},
	{"vocabulary: event", []string{"name: resign", "name: retire"}, "the rules of safety need an event named resign"},
	{"vocabulary: pending", []string{"name: spent", "name: used_up"}, "the rules of safety need a pending named spent"},
	{"meaning of adopt_grant", []string{"starts: [deadline, workload, spent]", "starts: [deadline, workload]"}, "effect adopt_grant must start spent"},
	{"meaning of call_release", []string{"starts: [release, spent]", "starts: [release]"}, "effect call_release must start spent"},
	{"workload ended by an effect", []string{"ends: [beat]", "ends: [beat, workload]"}, "effect disarm_renew ends workload, which ends only by itself"},
	{"enter without adopt_grant", with(granted, "adopt_grant, ", ""), "row (acquiring, granted) enters the leading state leading and lacks adopt_grant"},
	{"enter without announce_gained", with(granted, ", announce_gained", ""), "row (acquiring, granted) enters the leading state leading and lacks announce_gained"},
	{"enter in the wrong order", with(granted, "adopt_grant, arm_renew, announce_gained", "announce_gained, arm_renew, adopt_grant"), "must do adopt_grant, announce_gained in this order"},
	{"enter on another event", []string{row("acquiring", "unusable", "releasing"), row("acquiring", "unusable", "leading")}, "row (acquiring, unusable) enters the leading state leading, which only granted may"},
	{"adopt_grant elsewhere", []string{row("following", "start", "following"), row("following", "start", "following") + "adopt_grant, "}, "row (following, start) does adopt_grant, which belongs only in rows that enter a leading state"},
	{"announce_gained elsewhere", []string{row("leading", "renew", "leading"), row("leading", "renew", "leading") + "announce_gained, "}, "row (leading, renew) does announce_gained, which belongs only in rows that enter a leading state"},
	{"leave without drop_grant", with(resign, "drop_grant, ", ""), "row (leading, resign) leaves the leading state leading and lacks drop_grant"},
	{"leave without cancel_workload", with(lost, "cancel_workload, ", ""), "row (leading, lost) leaves the leading state leading and lacks cancel_workload"},
	{"leave without announce_lost", with(deadline, "announce_lost, ", ""), "row (leading, deadline) leaves the leading state leading and lacks announce_lost"},
	{"leave in the wrong order", with(resign, "drop_grant, cancel_workload", "cancel_workload, drop_grant"), "row (leading, resign) leaves the leading state leading and must do drop_grant, cancel_workload, announce_lost in this order"},
	{"drop_grant elsewhere", []string{row("draining", "lost", "draining"), row("draining", "lost", "draining") + "drop_grant, "}, "row (draining, lost) does drop_grant, which belongs only in rows that leave a leading state"},
	{"cancel_workload elsewhere", []string{row("leading", "renew", "leading"), row("leading", "renew", "leading") + "cancel_workload, "}, "row (leading, renew) does cancel_workload, which belongs only"},
	{"announce_lost elsewhere", []string{row("draining", "lost", "draining"), row("draining", "lost", "draining") + "announce_lost, "}, "row (draining, lost) does announce_lost, which belongs only"},
	{"extend_grant elsewhere", []string{row("draining", "renewed", "draining"), row("draining", "renewed", "draining") + "extend_grant, "}, "row (draining, renewed) does extend_grant, which belongs only in rows that go from leading to leading"},
	{"lost keeps leading", with(lost, "to: draining", "to: leading"), "row (leading, lost) must leave leading"},
	{"deadline keeps leading", with(deadline, "to: draining", "to: leading"), "row (leading, deadline) must leave leading"},
	{"no way to resign", with(resign, "from: leading", "from: following"), "leading state leading lacks a row for resign that leaves it"},
	{"stop keeps leading", []string{row("leading", "stop", "stopping"), row("leading", "stop", "leading")}, "row (leading, stop) must leave leading"},
	{"lost ignored", append(with(lost, "on: lost", "on: drain_over"), "{on: work_done, in: [leading]", "{on: lost, in: [leading]"), "leading state leading ignores lost, which must end the leadership"},
	{"deadline ignored", append(with(deadline, "on: deadline", "on: drain_over"), "{on: work_done, in: [leading]", "{on: deadline, in: [leading]"), "leading state leading ignores deadline, which must end the leadership"},
	{"leading at the start", []string{"initial: idle", "initial: leading"}, "state leading is leading and initial"},
	{"no await_workload", with(lost, ", await_workload", ""), "row (leading, lost) leaves the leading state leading by an event that is no command and lacks await_workload"},
	{"no finish_workload", with(resign, "finish_workload", "await_workload"), "row (leading, resign) leaves the leading state leading by a command and lacks finish_workload"},
	{"both waits", with(resign, "finish_workload", "finish_workload, await_workload"), "row (leading, resign) does both await_workload and finish_workload"},
	{"wait without arm_drain", with(deadline, "arm_drain, ", ""), "row (leading, deadline) waits for the workload and must arm_drain before await_workload"},
	{"wait before arm_drain", with(resign, "arm_drain, finish_workload", "finish_workload, arm_drain"), "row (leading, resign) waits for the workload and must arm_drain before finish_workload"},
	{"effect twice in a row", with(resign, "drop_grant, ", "drop_grant, drop_grant, "), "row (leading, resign) does drop_grant twice"},
	{"two calls in a row", []string{row("following", "observe_due", "following"), row("following", "observe_due", "following") + "call_renew, "}, "row (following, observe_due) starts two calls, call_renew and call_get"},
}

var flow = []mutation{
	{"an answer is ignored", []string{"  - " + row("acquiring", "unconfirmed", "unresolved") + "arm_repeat], why: An unknown outcome is never leadership.}\n", "", "{on: try, in: [leading]", "{on: unconfirmed, in: [acquiring], why: W.}\n  - {on: try, in: [leading]"}, "state acquiring can come to have nothing under way, and would be left only by a command: row (idle, try) leads there, and unconfirmed is ignored there"},
	{"nothing can come", []string{row("unresolved", "repeat_due", "acquiring") + "call_acquire", row("unresolved", "repeat_due", "acquiring")}, "state acquiring can come to have nothing under way, and would be left only by a command: row (unresolved, repeat_due) leads there"},
	{"timer left behind", []string{row("draining", "work_done", "releasing") + "disarm_drain, ", row("draining", "work_done", "releasing")}, "drain_over can come in state releasing, where it is forbidden: drain is started by row (leading, resign), and still outstanding after (draining, work_done)"},
	{"call left behind", []string{row("draining", "drain_over", "overdue") + "disarm_renew, abandon_call", row("draining", "drain_over", "overdue") + "disarm_renew"}, "lost can come in state overdue, where it is forbidden: renewal is started by row (leading, renew)"},
	{"watch left behind", []string{row("following", "stop", "idle") + "disarm_try, abandon_call, unwatch", row("following", "stop", "idle") + "disarm_try, abandon_call"}, "vacated can come in state idle, where it is forbidden: subscription is started by row (idle, start), and still outstanding after (following, stop)"},
	{"watch is not ended by its event", []string{row("following", "vacated", "following"), row("following", "vacated", "idle")}, "vacated can come in state idle, where it is forbidden: subscription is started by row (idle, start), and still outstanding after (following, vacated)"},
	{"event not handled", []string{"  - {from: leading, on: renewal_failed, to: leading, do: [arm_renew_retry]", "  - {from: acquiring, on: renewal_failed, to: leading, do: [arm_renew_retry]"}, "renewal_failed can come in state leading, where it is forbidden: renewal is started by row (leading, renew)"},
	{"workload left behind", []string{"{on: work_done, in: [closed]", "{on: work_done, in: [leaving]"}, "work_done can come in state closed, where it is forbidden: workload is started by row (acquiring, granted), and still outstanding after"},
	{"event at once not handled", []string{row("draining", "unattended", "following"), row("overdue", "unattended", "following")}, "unattended can come in state draining, where it is forbidden: row (leading, deadline) leads there and does await_workload, which raises it at once"},
	{"row never fires", []string{row("unresolved", "repeat_due", "acquiring"), row("following", "repeat_due", "acquiring")}, "row (following, repeat_due) can never fire: repeat is never outstanding in state following"},
	{"row on an event at once never fires", []string{row("draining", "unattended", "following"), row("overdue", "unattended", "following")}, "row (overdue, unattended) can never fire: no row that does await_workload leads there"},
	{"ignore never applies", []string{"{on: work_done, in: [closed]", "{on: work_done, in: [closed, following]"}, "ignore of work_done in state following can never apply: workload is never outstanding in state following, and no row that does finish_workload leads there"},
	{"acquire while the workload runs", []string{row("overdue", "stop", "abandoned") + "unwatch", row("overdue", "stop", "acquiring") + "new_attempt, call_acquire"}, "row (overdue, stop) does call_acquire while workload may be outstanding, but no acquire is sent while this participant's last workload runs (rule 6): workload is started by row (acquiring, granted)"},
	{"acquire of a spent attempt", []string{row("following", "try_due", "acquiring") + "new_attempt, call_acquire", row("following", "try_due", "acquiring") + "call_acquire"}, "row (following, try_due) does call_acquire while spent may be outstanding, but an attempt that won or was given back is never sent again (rule 4): spent is set from the beginning, and still outstanding after (idle, start)"},
	{"acquire of an attempt given back by the same row", []string{row("unresolved", "repeat_due", "acquiring"), row("unresolved", "repeat_due", "acquiring") + "call_release, "}, "row (unresolved, repeat_due) does call_acquire while spent may be outstanding, but an attempt that won or was given back is never sent again (rule 4): spent is started by the row itself"},
	{"release while the workload runs", []string{row("draining", "drain_over", "overdue") + "disarm_renew, abandon_call", row("draining", "drain_over", "releasing") + "disarm_renew, call_release"}, "row (draining, drain_over) does call_release while workload may be outstanding, but every release waits for the workload (rule 6): workload is started by row (acquiring, granted), and still outstanding after"},
}
