// Command tenure shows leader election at work, and is what an operator asks and orders a store with.
//
//	go run ./tools/tenure help          what it can do
//	go run ./tools/tenure demo          an election in which leaders are stopped, killed, paused and cut off
//
// Each thing that it can do is a verb with flags of its own: see README.md. Its exit codes stand in one table, so that
// scripts can tell "nobody leads" from "the store cannot be reached".
package main

import (
	"os"

	"github.com/tenure-go/tenure/tools/internal/cli"
	"github.com/tenure-go/tenure/tools/tenure/internal/redisurl"
)

// program is the command. Its verbs stand in the order in which help shows them.
func program() *cli.Program {
	return &cli.Program{
		Name:      "tenure",
		About:     "tenure lets one of many copies of a program lead, and tells who does.",
		Synopsis:  "<verb> [flags]",
		EnvPrefix: "TENURE_",
		Exits:     exits(),
		Redact:    redisurl.Redact,
		Verbs: []*cli.Verb{
			demoVerb(),
			runVerb(), guardianVerb(),
			statusVerb(), listVerb(), watchVerb(),
			releaseVerb(), doctorVerb(), benchVerb(),
		},
	}
}

func main() {
	hidePassword(os.Stderr)
	os.Exit(program().Main(os.Args[1:], os.Stdout, os.Stderr))
}
