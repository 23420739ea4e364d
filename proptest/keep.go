package proptest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Keep says what of a seed's run is kept: a part of it, drawn as in the whole run. The zero value keeps nothing but the
// participants' and the store's own doings; see [ParseKeep] for its text.
type Keep struct {
	// Participants are the places that are taken, Commands the commands of the script that are given, Faults the faults
	// that last for a while: each by the number under which the whole run draws it.
	Participants, Commands, Faults []int
	// Hazards are what may go wrong besides; [Hazards] names them.
	Hazards []string
	// Ends is when the faults end, if that is before the instant drawn; Until is when the run is cut. 0 changes neither.
	Ends, Until time.Duration
}

// hazard is something that goes wrong all through a run, and can be taken away.
type hazard struct {
	name string
	off  func(w *world)
}

var hazards = []hazard{
	{"lost-requests", func(w *world) { w.plan.net.loseRequest = 0 }},
	{"lost-replies", func(w *world) { w.plan.net.loseReply = 0 }},
	{"repeated-requests", func(w *world) { w.plan.net.duplicate = 0 }},
	{"slow-messages", func(w *world) { w.plan.neverSlow = true }},
	{"late-messages", func(w *world) { w.plan.neverLate = true }},
	{"failing-before", func(w *world) { w.plan.net.failBefore = 0 }},
	{"failing-after", func(w *world) { w.plan.net.failAfter = 0 }},
	{"rejections", func(w *world) { w.plan.net.reject = 0 }},
	{"lost-wake-ups", func(w *world) { w.plan.net.loseNotice, w.plan.noWakeUps = 0, false }},
	{"late-wake-ups", func(w *world) { w.plan.net.lateNotice = 0 }},
	{"late-timers", func(w *world) { w.plan.punctual = true }},
	{"doubting-callers", func(w *world) { w.plan.steady = true }},
	{"overrunning-workloads", func(w *world) { w.plan.prompt = true }},
	{"stuck-calls", func(w *world) { w.plan.stubborn = w.planted.stubborn }},
	{"clock-rates", (*world).alignRates},
}

// Hazards returns the names of what goes wrong all through a run.
func Hazards() []string {
	names := make([]string, len(hazards))
	for i := range hazards {
		names[i] = hazards[i].name
	}
	return names
}

// alignRates lets all clocks run at the same rate.
func (w *world) alignRates() {
	w.storeClock.ppm = 0
	for i := range w.participants {
		w.participants[i].clock.ppm = 0
	}
}

// restrict takes out of a run, when all of it is drawn, what is not kept.
func (w *world) restrict() {
	w.until = math.MaxInt64
	k := w.opt.Keep
	if k == nil {
		return
	}
	for _, t := range hazards {
		if !slices.Contains(k.Hazards, t.name) {
			t.off(w)
		}
	}
	if k.Ends > 0 && int64(k.Ends) < w.plan.faultsEnd {
		w.plan.calm -= w.plan.faultsEnd - int64(k.Ends)
		w.plan.faultsEnd = int64(k.Ends)
	}
	if k.Until > 0 {
		w.until = int64(k.Until)
	}
	w.standing = slices.DeleteFunc(w.standing, func(who int) bool { return !slices.Contains(k.Participants, who) })
}

// keepsPlace tells whether a place is taken.
func (w *world) keepsPlace(who int) bool {
	return w.opt.Keep == nil || slices.Contains(w.opt.Keep.Participants, who)
}

func (w *world) keepsCommand() bool {
	return w.opt.Keep == nil || slices.Contains(w.opt.Keep.Commands, w.commands)
}

func (w *world) keepsFault() bool {
	return w.opt.Keep == nil || slices.Contains(w.opt.Keep.Faults, w.faults)
}

// String is the text that [ParseKeep] understands. It needs no quotes in a shell.
func (k *Keep) String() string {
	parts := []string{
		"participants=" + numbers(k.Participants), "commands=" + numbers(k.Commands), "faults=" + numbers(k.Faults),
		"hazards=" + list(k.Hazards),
	}
	if k.Ends > 0 {
		parts = append(parts, "ends="+k.Ends.String())
	}
	if k.Until > 0 {
		parts = append(parts, "until="+k.Until.String())
	}
	return strings.Join(parts, ",")
}

const nothing = "none"

func list(items []string) string {
	if len(items) == 0 {
		return nothing
	}
	return strings.Join(items, "+")
}

func numbers(items []int) string {
	texts := make([]string, len(items))
	for i, n := range items {
		texts[i] = strconv.Itoa(n)
	}
	return list(texts)
}

// ParseKeep reads what [Keep.String] has written: parts like commands=3+17 or hazards=none, with commas between them. A
// part that is left out keeps nothing of its kind.
func ParseKeep(text string) (*Keep, error) {
	k := &Keep{}
	for part := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(part, "=")
		var err error
		switch name {
		case "participants":
			k.Participants, err = parseNumbers(value)
		case "commands":
			k.Commands, err = parseNumbers(value)
		case "faults":
			k.Faults, err = parseNumbers(value)
		case "hazards":
			k.Hazards, err = parseHazards(value)
		case "ends":
			k.Ends, err = time.ParseDuration(value)
		case "until":
			k.Until, err = time.ParseDuration(value)
		default:
			err = errors.New("there is no such part")
		}
		if err != nil {
			return nil, fmt.Errorf("proptest: cannot keep %q: %w", part, err)
		}
	}
	return k, nil
}

func parseList(value string) []string {
	if value == nothing {
		return nil
	}
	return strings.Split(value, "+")
}

func parseNumbers(value string) ([]int, error) {
	var items []int
	for _, text := range parseList(value) {
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, err
		}
		items = append(items, n)
	}
	return items, nil
}

func parseHazards(value string) ([]string, error) {
	items := parseList(value)
	for _, name := range items {
		if !slices.Contains(Hazards(), name) {
			return nil, fmt.Errorf("%q is none of %s", name, strings.Join(Hazards(), ", "))
		}
	}
	return items, nil
}
