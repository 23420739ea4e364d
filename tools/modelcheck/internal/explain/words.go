package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

// words names a loose request.
func (m message) words() string {
	text := fmt.Sprintf("%s of %s", m.op, m.from)
	if m.fence > 0 {
		text += fmt.Sprintf(" for fence %d", m.fence)
	}
	if !m.newest {
		text += " (an older attempt)"
	}
	return text
}

// coreChanges tells what changed for a participant. The name is left out where the sentence before has it.
func coreChanges(was, is core, named bool) []string {
	var told []string
	tell := func(format string, args ...any) {
		sentence := fmt.Sprintf(format, args...)
		if named {
			sentence = is.name + ": " + strings.ToLower(sentence[:1]) + sentence[1:]
		}
		told = append(told, sentence)
	}
	callChanges(was, is, tell)
	switch {
	case is.left > was.left && was.awaited.answer != "":
		tell("Its deadline is in %s, which is %d after the call was sent.", ticks(is.left), is.left+was.awaited.age)
	case is.left > was.left:
		tell("Its deadline is in %s.", ticks(is.left))
	case was.left > 0 && is.left == 0 && was.state == is.state:
		tell("Its deadline has passed.")
	}
	switch {
	case was.work != "running" && is.work == "running":
		tell("Its workload begins.")
	case was.work == "running" && is.work == "told":
		if is.grace > 0 {
			tell("Its workload is told to stop within %s.", ticks(is.grace))
		} else {
			tell("Its workload is told to stop.")
		}
	case was.work == "told" && is.work == "told" && was.grace > 0 && is.grace == 0:
		tell("The grace of its workload is over.")
	case was.work != none && is.work == none:
		tell("Its workload has returned.")
	}
	switch is.announced {
	case was.announced:
	case "twice":
		tell("The %s is announced again.", was.announced)
	default:
		tell("The %s is announced.", is.announced)
	}
	if begun := minus(is.armed, was.armed); len(begun) > 0 {
		tell("Armed: %s.", strings.Join(begun, ", "))
	}
	if over := minus(was.armed, is.armed); len(over) > 0 {
		tell("No longer armed: %s.", strings.Join(over, ", "))
	}
	return told
}

// callChanges tells what became of the awaited call.
func callChanges(was, is core, tell func(string, ...any)) {
	old, now := was.awaited, is.awaited
	switch {
	case old.op == now.op && old.answer == now.answer && now.age >= old.age:
		if now.newest != old.newest {
			tell("The %s on its way is of an older attempt now.", now.op)
		}
		return
	case old.op != "" && old.answer == "":
		tell("It waits for its %s no longer; it may still arrive at the store.", old.op)
	}
	if now.op == "" {
		return
	}
	about := ""
	if now.fence > 0 {
		about = fmt.Sprintf(" for fence %d", now.fence)
	}
	tell("It sends: %s%s.", now.op, about)
}

// looseChanges tells which requests nobody waits for any more, and which of them cannot matter any more.
func (s step) looseChanges() []string {
	var told []string
	about, _ := s.stray()
	has := func(all []message, m message) bool {
		return slices.ContainsFunc(all, func(o message) bool { return o.value.Equal(m.value) })
	}
	aged := func(all []message, m message) bool {
		return slices.ContainsFunc(all, func(o message) bool { return o.from == m.from && o.op == m.op && o.fence == m.fence })
	}
	for _, m := range s.after.loose {
		if !has(s.before.loose, m) {
			verb := "is loose: it may arrive late, often or never"
			if aged(s.before.loose, m) {
				verb = "is still loose"
			}
			told = append(told, fmt.Sprintf("The %s %s.", m.words(), verb))
		}
	}
	for _, m := range s.before.loose {
		settled := m.value.Equal(about.value) && slices.Contains([]string{"ExecuteLoose", "Lose"}, action(s.after.action))
		if !has(s.after.loose, m) && !aged(s.after.loose, m) && !settled {
			told = append(told, fmt.Sprintf("The loose %s cannot have any effect any more.", m.words()))
		}
	}
	return told
}

// storeChanges tells what changed at the store.
func storeChanges(was, is store, tick bool) []string {
	var told []string
	sameLease := was.held() && is.held() && was.owner == is.owner && was.fence == is.fence
	switch {
	case was.held() && !is.held() && tick:
		told = append(told, fmt.Sprintf("The lease of %s ends by its time.", was.owner))
	case was.held() && !is.held():
		told = append(told, fmt.Sprintf("The store holds no lease any more; that of %s had %s left.", was.owner, ticks(was.left)))
	case is.held() && !sameLease:
		told = append(told, fmt.Sprintf("The store's lease is that of %s now, under fence %d, for %s.", is.owner, is.fence, ticks(is.left)))
	case sameLease && is.left > was.left:
		told = append(told, fmt.Sprintf("The lease of %s is extended from %s to %s.", is.owner, ticks(was.left), ticks(is.left)))
	case sameLease && is.left < was.left && !tick:
		told = append(told, fmt.Sprintf("The lease of %s is SHORTENED from %s to %s.", is.owner, ticks(was.left), ticks(is.left)))
	}
	if sameLease && was.newest && !is.newest {
		told = append(told, fmt.Sprintf("The lease at the store is of an older attempt of %s now.", is.owner))
	}
	if is.last < was.last {
		told = append(told, fmt.Sprintf("The store's last fence goes BACK from %d to %d.", was.last, is.last))
	}
	if is.settling > was.settling {
		told = append(told, fmt.Sprintf("The store grants nothing for %s.", ticks(is.settling)))
	}
	return told
}

// resourceChanges tells which fence the resource accepted.
func resourceChanges(was, is tlc.Value) []string {
	before, after := was.Get("fence").Number, is.Get("fence").Number
	switch {
	case after > before:
		return []string{fmt.Sprintf("From now on the resource refuses fences below %d.", after)}
	case after < before:
		return []string{fmt.Sprintf("The highest fence that it accepted was %d before: it goes BACK.", before)}
	}
	return nil
}

// situation says what each believes and what the store holds.
func (t *teller) situation(s scene) string {
	parts := make([]string, 0, len(s.cores)+1)
	for _, c := range s.cores {
		parts = append(parts, t.belief(c))
	}
	if s.stored {
		parts = append(parts, s.store.words())
	}
	return strings.Join(parts, "; ") + "."
}

// belief says what a participant takes itself for.
func (t *teller) belief(c core) string {
	state, _ := t.table.State(c.state)
	text := fmt.Sprintf("%s is %s", c.name, c.state)
	switch {
	case state.Leading && c.left > 0:
		text = fmt.Sprintf("%s LEADS for %s under fence %d", c.name, ticks(c.left), c.fence)
	case state.Leading:
		text += " and past its deadline"
	}
	switch {
	case c.work == "told" && c.grace > 0:
		text += fmt.Sprintf(", its workload told (grace %d)", c.grace)
	case c.work == "told":
		text += ", its workload told and out of grace"
	case c.work == "running" && (!state.Leading || c.left == 0):
		text += ", its workload RUNNING"
	}
	return text
}

func (s store) words() string {
	if !s.held() {
		text := "the store holds no lease"
		if s.settling > 0 {
			text += " and grants none for " + ticks(s.settling)
		}
		return text
	}
	text := fmt.Sprintf("the store: %s, fence %d, %s left", s.owner, s.fence, ticks(s.left))
	if !s.newest {
		text += ", of an older attempt"
	}
	if s.revoked {
		text += ", revoked"
	}
	return text
}

func ticks(n int64) string {
	if n == 1 {
		return "1 tick"
	}
	return fmt.Sprintf("%d ticks", n)
}

func minus(a, b []string) []string {
	var left []string
	for _, one := range a {
		if !slices.Contains(b, one) {
			left = append(left, one)
		}
	}
	return left
}
