package main

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"strings"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/tools/internal/cli"
	"github.com/tenure-go/tenure/tools/tenure/internal/demo"
)

const demoIntro = `Several participants elect a leader over a store in this process, which needs no server. In
each round, in an order drawn from the seed, the leader
  - is stopped cleanly, and hands over;
  - is killed: nothing is released, and its lease must run out;
  - is paused for longer than its lease: its first look on waking must say that it leads no
    longer;
  - is paused between its check and its write: what it writes to must refuse the late write;
  - is cut off from the store for a while: it must step down by itself before another leads.
Every participant keeps a record of each look at its leadership and each write. At the end an
auditor decides from these records alone whether at most one led at every instant and whether
every gap was filled. A gap is held against the computed bound plus 5 s, since a busy machine
may run a program late; what was measured is printed beside the bound. With -json, the type of
an object is run, event, term, gap or verdict; the verdict comes last.
`

const demoExamples = `  tenure demo                          12 seconds, with a timeline
  tenure demo -lease 300ms -rounds 5   faster
  tenure demo -quiet                   only the summary
  tenure demo -json | jq .             one object a line
  tenure demo -seed 7                  the same script again
`

func demoVerb() *cli.Verb {
	return &cli.Verb{
		Name: "demo", Summary: "watch an election in which leaders are stopped, killed, paused and cut off",
		Intro: demoIntro, Examples: demoExamples, Exits: []int{exitOK, exitBroken, exitUsage, exitFailed},
		Define: defineDemo,
	}
}

func defineDemo(f *cli.Flags) cli.Action {
	participants := f.Number("participants", 3, 2, 50, "how many take part, a `number` from 2 to 50")
	lease := f.Positive("lease", demo.DefaultLease, "the lease `time`, for which a crash leaves nobody leading")
	rounds := f.Number("rounds", 2, 1, 100, "how often each thing happens, a `number` from 1 to 100")
	seed := f.Number("seed", 0, 0, math.MaxInt, "a `number` that fixes the script; 0 draws one, which is printed")
	quiet := f.Bool("quiet", false, "print only the summary")
	asJSON := f.Bool("json", false, "print one JSON object a line")
	return func(ctx context.Context, call *cli.Call) int {
		if *seed == 0 {
			*seed = rand.IntN(1_000_000) + 1 //nolint:gosec // a script's seed needs no secrecy
		}
		report, err := demo.Run(ctx, demo.Options{
			Participants: *participants, Lease: *lease, Rounds: *rounds, Seed: uint64(*seed),
			Quiet: *quiet, JSON: *asJSON, Colour: cli.Colourful(call.Stdout, os.Getenv), Out: call.Stdout,
		})
		switch {
		case errors.Is(err, elector.ErrInvalid):
			return call.Wrong(oneLine(err))
		case report.Broken():
			return exitBroken
		case err != nil:
			return call.Fail(exitFailed, oneLine(err))
		}
		return exitOK
	}
}

// oneLine puts joined errors on one line, without the library's prefix, since the verb's stands before it.
func oneLine(err error) string {
	lines := strings.Split(err.Error(), "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], "tenure: ")
	}
	return strings.Join(lines, "; ")
}
