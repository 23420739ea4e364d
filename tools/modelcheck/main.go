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
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
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

// verb is one thing that the command can do.
type verb struct {
	name, summary string
	// run does it. args are those after the verb's name.
	run func(ctx context.Context, args []string, stdout, stderr io.Writer) int
}

// verbs lists all verbs but help, in the order in which help shows them.
func verbs() []verb {
	return []verb{
		{"check", "check configurations: the short set, another one, or those named", runCheck},
		{"mutants", "check that every faulty model is caught, and that every witness is reached", runMutants},
		{"matrix", "find out which property catches which mutant", runMatrix},
		{"table-mutants", "plant faults in the lifecycle table, and see that each is noticed", runTableMutants},
		{"traces", "hold recorded runs of the Go code against the protocol, step by step", runTraces},
		{"walks", "walk through the protocol at random, for the tests of the Go code to follow", runWalks},
		{"edges", "compare the steps that the model takes with the table's and with those of the tests", runEdges},
		{"show", "print a configuration as TLC reads it, and how to run it by hand", runShow},
		{"list", "list configurations, mutants and witnesses", runList},
	}
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run finds the verb and runs it until it ends or is interrupted. A second interrupt ends the program at once.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return dispatch(ctx, args, stdout, stderr)
}

func dispatch(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		return runCheck(ctx, nil, stdout, stderr)
	}
	name, rest := args[0], args[1:]
	switch {
	case slices.Contains([]string{"help", "-h", "-help", "--help"}, name):
		return help(ctx, rest, stdout, stderr)
	case strings.HasPrefix(name, "-"):
		return runCheck(ctx, args, stdout, stderr)
	}
	for _, v := range verbs() {
		if v.name == name {
			return v.run(ctx, rest, stdout, stderr)
		}
	}
	return unknownVerb(name, stderr)
}

// wrong says in one line what is wrong with how a verb was called.
func wrong(stderr io.Writer, verb, what string) int {
	fmt.Fprintf(stderr, "modelcheck %s: %s. See: modelcheck help %s\n", verb, what, verb)
	return exitUsage
}
