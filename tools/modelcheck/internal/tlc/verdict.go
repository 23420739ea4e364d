package tlc

import (
	"fmt"
	"slices"
	"strings"
)

// TLC's exit codes for what it finds. Everything else means that it found nothing out.
const (
	exitSuccess   = 0
	exitDeadlock  = 11
	exitInvariant = 12
	exitLiveness  = 13 // action properties too, and what must hold of the first state
)

// ending is how the process of a run ended.
type ending struct {
	code   int    // the exit code, or -1
	signal string // the name of the signal that ended it, or ""
	stderr []string
}

// findings are the exit code and the kind that go with each message of a violation.
var findings = map[int]struct {
	exit    int
	kind    Kind
	verdict Verdict
}{
	codeInvariant:        {exitInvariant, KindInvariant, Violated},
	codeInvariantAtStart: {exitInvariant, KindInvariant, Violated},
	codeAction:           {exitLiveness, KindAction, Violated},
	codePropertyAtStart:  {exitLiveness, KindTemporal, Violated},
	codeTemporal:         {exitLiveness, KindTemporal, Violated},
	codeDeadlock:         {exitDeadlock, KindDeadlock, Deadlocked},
}

// judge makes a result of what was printed and of how the process ended, if they agree.
func judge(job string, t *transcript, end ending) (Result, error) {
	result := Result{
		Generated: t.last.Generated, Distinct: t.last.Distinct, Depth: t.depth,
		Trace: t.trace, BackTo: t.backTo, Stuttering: t.stuttering, Actions: t.actions, Printed: t.printed,
	}
	fail := func(format string, args ...any) (Result, error) {
		return Result{}, &RunError{Job: job, Reason: fmt.Sprintf(format, args...), Exit: end.code, Quote: quote(t, end)}
	}
	switch {
	case end.signal != "":
		return fail("Java was ended by a signal (%s)", end.signal)
	case t.truncated:
		return fail("the output ends in the middle of a message (exit %d)", end.code)
	case end.code == exitSuccess:
		if missing := t.unproven(); missing != "" {
			return fail("TLC exited as if it had found nothing, and %s", missing)
		}
		result.Verdict = Holds
		return result, nil
	case end.code != exitDeadlock && end.code != exitInvariant && end.code != exitLiveness:
		return fail("%s (exit %d)", meaning(end, t), end.code)
	case len(t.errors) > 0:
		return fail("TLC reports an error besides its verdict (exit %d)", end.code)
	case len(t.violations) == 0:
		return fail("TLC exited with the code of a violation, %d, and names none", end.code)
	}
	first := t.violations[0]
	finding := findings[first.code]
	if finding.exit != end.code {
		return fail("TLC exited with %d, which does not go with a violated %s", end.code, finding.kind)
	}
	if !t.finished {
		return fail("the output ends before TLC has finished (exit %d)", end.code)
	}
	if len(t.trace) == 0 {
		return fail("TLC reports a violated %s and shows no counterexample", finding.kind)
	}
	result.Verdict, result.Kind, result.Property = finding.verdict, finding.kind, first.name
	return result, nil
}

// unproven says what is missing for a success, or nothing.
func (t *transcript) unproven() string {
	switch {
	case len(t.violations) > 0:
		return "says that " + t.violations[0].name + " is violated"
	case len(t.errors) > 0:
		return "reports an error"
	case !t.success:
		return "does not say so"
	case !t.counted || t.last.Distinct == 0:
		return "tells no number of states"
	case t.last.Queue != 0:
		return fmt.Sprintf("leaves %d states on its queue", t.last.Queue)
	case !t.finished:
		return "never finished"
	}
	return ""
}

// meaning says in words what an exit code without a verdict stands for.
func meaning(end ending, t *transcript) string {
	all := strings.Join(quote(t, end), "\n")
	for _, known := range []struct{ sign, reason string }{
		{"OutOfMemoryError", "Java ran out of memory"},
		{"ran out of memory", "Java ran out of memory"},
		{"StackOverflowError", "Java ran out of stack"},
		{"No space left on device", "the disk is full"},
		{"Could not reserve enough space", "the machine has not the memory that Java was to have"},
		{"Could not find or load main class", "the jar is not TLC"},
	} {
		if strings.Contains(all, known.sign) {
			return known.reason
		}
	}
	switch {
	case end.code == 10:
		return "an assumption of the model does not hold"
	case end.code >= ExitEvaluation && end.code < 150:
		return "TLC could not evaluate the model"
	case end.code == 150 || end.code == 152:
		return "the module cannot be parsed"
	case end.code == 151:
		return "the configuration does not fit the module"
	}
	return "TLC gave no verdict"
}

// quote picks the lines that tell most: the errors, then what the parser said, then what Java said.
func quote(t *transcript, end ending) []string {
	const first, last = 10, 14
	var lines []string
	for _, m := range t.errors {
		for line := range strings.Lines(m.text) {
			line = strings.TrimRight(line, " \n")
			if strings.TrimSpace(line) != "" {
				lines = append(lines, line)
			}
		}
	}
	lines = append(append(lines, t.lines...), end.stderr...)
	if len(lines) > first+last {
		lines = slices.Concat(lines[:first], []string{"..."}, lines[len(lines)-last:])
	}
	return lines
}
