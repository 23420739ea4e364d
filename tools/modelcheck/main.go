// Command modelcheck checks the lease protocol in tla/ with TLC, the TLA+ model checker.
//
//	go run ./tools/modelcheck             the configurations that are cheap enough for every change
//	go run ./tools/modelcheck mutants     models with one thing wrong each: every one must be caught
//	go run ./tools/modelcheck help        what else it can do
//
// It needs Java and fetches TLC by itself. What is checked stands in tla/checks.yaml. A verdict is never taken from an
// earlier run, and only what TLC says in every way that it can is believed: see package tlc.
package main

import (
	"os"

	"github.com/tenure-go/tenure/tools/internal/cli"
)

// The exit codes. Where several apply, the gravest is returned: the order is that of gravity.
const (
	// exitHeld: everything is as it must be.
	exitHeld = 0
	// exitViolated: a property is violated, a mutant was not caught by its property, a witness was not reached, or the
	// edges differ.
	exitViolated = 1
	// exitUsage: it was called wrongly, or the list of checks is faulty; nothing was checked.
	exitUsage = 2
	// exitChanged: safe, but a number of distinct states is not the pinned one, or a document is not up to date.
	exitChanged = 3
	// exitUnchecked: something could not be checked. This is never a pass.
	exitUnchecked = 4
	// exitUnexplored: an action is never taken and nobody says why, or one is taken that is said never to be.
	exitUnexplored = 5
)

// gravest returns the exit code that tells most.
func gravest(a, b int) int {
	order := map[int]int{exitHeld: 0, exitChanged: 1, exitUnexplored: 2, exitViolated: 3, exitUnchecked: 4, exitUsage: 5}
	if order[b] > order[a] {
		return b
	}
	return a
}

// program is the command. Its verbs stand in the order in which help shows them.
func program() *cli.Program {
	return &cli.Program{
		Name:        "modelcheck",
		About:       "modelcheck checks the lease protocol in tla/ with TLC.",
		Synopsis:    "[verb] [flags] [names]     without a verb: check",
		Default:     "check",
		Environment: environment,
		Exits:       exits(),
		ExitsTitle:  "exit codes, the gravest where several apply (2, then 4, 1, 5, 3)",
		Verbs: []*cli.Verb{
			checkVerb(), mutantsVerb(), matrixVerb(), tableMutantsVerb(), tracesVerb(), walksVerb(), edgesVerb(),
			showVerb(), listVerb(),
		},
	}
}

func main() {
	os.Exit(program().Main(os.Args[1:], os.Stdout, os.Stderr))
}

// rootFlag defines the flag that every verb has.
func rootFlag(f *cli.Flags) *string {
	return f.String("root", ".", "the `folder` that holds tla/, spec/ and proptest/")
}
