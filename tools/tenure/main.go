// Command tenure shows leader election at work.
//
//	go run ./tools/tenure help          what it can do
//	go run ./tools/tenure demo          an election in which leaders are stopped, killed, paused and cut off
//
// Each thing that it can do is a verb with flags of its own. A verb's exit code is one of four, so that scripts can tell
// "the promises hold" from "it never ran": see [exitHeld] and its neighbours.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// The exit codes.
const (
	// exitHeld: the verb did what it is for, and every promise that it looked at held.
	exitHeld = 0
	// exitBroken: it ran, and a promise was broken.
	exitBroken = 1
	// exitUsage: it was called wrongly, and nothing was done.
	exitUsage = 2
	// exitFailed: it could not run, or was interrupted before its end.
	exitFailed = 3
)

// verb is one thing that the command can do.
type verb struct {
	name, summary string
	// run does it. args are those after the verb's name.
	run func(ctx context.Context, args []string, stdout, stderr io.Writer) int
}

// verbs lists all verbs but help, in the order in which help shows them.
func verbs() []verb {
	return []verb{
		{"demo", "watch an election in which leaders are stopped, killed, paused and cut off", runDemo},
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
		fmt.Fprintln(stderr, "tenure: which verb? See: tenure help")
		return exitUsage
	}
	name, rest := args[0], args[1:]
	switch name {
	case "help", "-h", "-help", "--help":
		return help(ctx, rest, stdout, stderr)
	}
	for _, v := range verbs() {
		if v.name == name {
			return v.run(ctx, rest, stdout, stderr)
		}
	}
	return unknownVerb(name, stderr)
}
