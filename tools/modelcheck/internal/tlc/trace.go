package tlc

import (
	"regexp"
	"strconv"
	"strings"
)

// A state of a counterexample begins with its number and the step that led to it:
//
//	5: <Reply line 170, col 5 to line 183, col 40 of module Tenure>
var (
	stateHead = regexp.MustCompile(`^(\d+): <(.+?)(?: (line \d+, col \d+ to line \d+, col \d+ of module \S+?))?>$`)
	backTo    = regexp.MustCompile(`^(\d+): Back to state`)
	stutters  = regexp.MustCompile(`^\d+: Stuttering`)
)

// state reads one state of a counterexample. It reports whether the text is one.
func parseState(text string) (State, bool) {
	head, rest, _ := strings.Cut(strings.TrimSpace(text), "\n")
	found := stateHead.FindStringSubmatch(strings.TrimSpace(head))
	if found == nil {
		return State{}, false
	}
	number, err := strconv.Atoi(found[1])
	if err != nil {
		return State{}, false
	}
	return State{Number: number, Action: found[2], Location: found[3], Variables: parseVariables(rest)}, true
}

// parseVariables reads the conjunction of what each variable is. A model with a single variable has no conjunction.
func parseVariables(text string) []Variable {
	var all []Variable
	for _, part := range strings.Split("\n"+strings.TrimSpace(text), "\n/\\ ") {
		name, written, ok := strings.Cut(part, "=")
		if !ok {
			continue
		}
		value, err := ParseValue(written)
		if err != nil {
			value = Value{Kind: Opaque, Name: strings.Join(strings.Fields(written), " ")}
		}
		all = append(all, Variable{Name: strings.TrimSpace(name), Value: value})
	}
	return all
}
