package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tenure-go/tenure/tools/modelcheck/internal/checks"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

// judgement is what a run means for the one who asked for it.
type judgement struct {
	code int
	text string // in one line
	more string // what else is to be told, in lines of its own
}

// unchecked judges a run that gave no verdict.
func unchecked(err error) judgement {
	if errors.Is(err, context.Canceled) {
		return judgement{exitUnchecked, "NOT CHECKED: interrupted", ""}
	}
	first, rest, _ := strings.Cut(err.Error(), "\n")
	return judgement{exitUnchecked, "NOT CHECKED: " + first, rest}
}

// violated returns the literal name of the property that a run found violated. It is empty where TLC does not name a
// temporal property and there are several that it might be.
func violated(c checks.Configuration, r tlc.Result) string {
	if r.Property == "" && r.Kind == tlc.KindTemporal && len(c.Properties) == 1 {
		return c.Properties[0]
	}
	return r.Property
}

// described names the violated property for people.
func described(c checks.Configuration, r tlc.Result) string {
	switch name := violated(c, r); {
	case r.Verdict == tlc.Deadlocked:
		return "a deadlock"
	case name == "":
		return "one of the temporal properties " + strings.Join(c.Properties, ", ")
	default:
		return name
	}
}

// judgeConfiguration says what the result of a configuration means. Coverage says whether actions were counted.
func judgeConfiguration(c checks.Configuration, r tlc.Result, err error, coverage bool) judgement {
	switch {
	case err != nil:
		return unchecked(err)
	case r.Verdict == tlc.Violated || r.Verdict == tlc.Deadlocked:
		return judgement{exitViolated, fmt.Sprintf("VIOLATED: %s, in %s", described(c, r), counted(len(r.Trace), "state")), ""}
	case r.Verdict != tlc.Holds:
		return judgement{exitUnchecked, "NOT CHECKED: there is no verdict", ""}
	}
	verdict := judgement{exitHeld, "holds", ""}
	if coverage {
		if faults := exploration(c, r.Actions); len(faults) > 0 {
			verdict = judgement{exitUnexplored, "safe, BUT ITS ACTIONS ARE NOT AS LISTED", strings.Join(faults, "\n")}
		}
	}
	var pin string
	switch {
	case c.Distinct == 0:
		pin = "NOT PINNED"
	case c.Distinct != r.Distinct:
		pin = fmt.Sprintf("COUNTS CHANGED: %s distinct states are pinned", grouped(c.Distinct))
	default:
		return verdict
	}
	verdict.code = gravest(verdict.code, exitChanged)
	verdict.text = strings.TrimPrefix(verdict.text, "holds") + ", " + pin
	verdict.text = "safe" + strings.TrimPrefix(verdict.text, "safe")
	return verdict
}

// exploration compares the actions that were never taken with those that are listed so.
func exploration(c checks.Configuration, actions []tlc.ActionCount) []string {
	var faults []string
	if len(actions) == 0 {
		return []string{"TLC reports no actions"}
	}
	never, taken := map[string]bool{}, map[string]bool{}
	listed := func(name string) bool {
		return slices.ContainsFunc(c.Unexplored, func(u checks.Unexplored) bool { return u.Action == name })
	}
	for _, action := range actions {
		if action.Taken > 0 {
			taken[action.Name] = true
			continue
		}
		if !listed(action.Name) && !never[action.Name] {
			faults = append(faults, fmt.Sprintf("%s (%s) is never taken, and is not listed as unexplored", action.Name, action.Location))
		}
		never[action.Name] = true
	}
	for _, u := range c.Unexplored {
		switch {
		case never[u.Action]:
		case taken[u.Action]:
			faults = append(faults, u.Action+" is listed as unexplored, and is taken")
		default:
			faults = append(faults, u.Action+" is listed as unexplored, and the module has no such action")
		}
	}
	return faults
}

// judgeMutant says whether a mutant was caught, and by what it was to be caught by. A run that gave no verdict catches
// nothing.
func judgeMutant(c checks.Configuration, caughtBy string, r tlc.Result, err error) judgement {
	switch {
	case err != nil:
		return unchecked(err)
	case r.Verdict == tlc.Holds:
		return judgement{exitViolated, "SURVIVED: " + caughtBy + " holds, and so does all else", ""}
	case r.Verdict != tlc.Violated && r.Verdict != tlc.Deadlocked:
		return judgement{exitUnchecked, "NOT CHECKED: there is no verdict", ""}
	case violated(c, r) != caughtBy:
		return judgement{exitViolated, "WRONG REASON: it was caught by " + described(c, r), ""}
	}
	return judgement{exitHeld, "caught in " + counted(len(r.Trace), "state"), ""}
}

// judgeWitness says whether what a witness claims to be impossible was reached.
func judgeWitness(w checks.Witness, r tlc.Result, err error) judgement {
	switch {
	case err != nil:
		return unchecked(err)
	case r.Verdict == tlc.Holds:
		return judgement{exitViolated, "NOT REACHED: " + w.Claim() + " holds", ""}
	case r.Verdict != tlc.Violated || r.Property != w.Claim():
		return judgement{exitUnchecked, "NOT CHECKED: TLC reports " + r.Property + " instead of " + w.Claim(), ""}
	}
	return judgement{exitHeld, "reached in " + counted(len(r.Trace), "state"), ""}
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
