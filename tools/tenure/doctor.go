package main

import (
	"context"

	"github.com/tenure-go/tenure/tools/internal/cli"
	"github.com/tenure-go/tenure/tools/tenure/internal/doctor"
)

func doctorVerb() *cli.Verb {
	return &cli.Verb{
		Name: "doctor", Summary: "examine a server and timings for what would make an election fail",
		Intro: `doctor says, one line a check, what is in order, what could be better (advice) and what does not work or lets two lead
(fault), and what to change:
  - the server: version, role, eviction, persistence, replicas, and whether it answers what the store sends;
  - the user's permissions, each by trying it, with the ACL line that is missing; what a server tells only of who may run
    the command, such as rules for keys, is seen when the commands are allowed;
  - the server's clock against this machine's, and how fast it runs;
  - the timings, which are those of run: whether they fit each other, and whether -timeout is long enough for what calls
    take, as measured from here;
  - how long the timings leave an election without a leader;
  - with -election who leads it.
It writes one key of its own under the prefix, and deletes it; it reads the election named, and touches no other.
`,
		Examples: `  tenure doctor
  tenure doctor -redis rediss://app:secret@cache:6379 -election reports
  tenure doctor -lease 10s -renewal 3s -timeout 1s -settle 10s
  tenure doctor -json | jq -r 'select(.verdict == "fault") | .change'
`,
		Exits:  []int{exitOK, exitUsage, exitFailed, exitStore, exitFaults},
		Define: defineDoctor,
	}
}

func defineDoctor(f *cli.Flags) cli.Action {
	participant := defineParticipant(f)
	election := f.Name("election", "", "an election to look at too, a `name`")
	samples := f.Number("samples", 200, 1, 100_000, "how many calls of each kind are measured, a `number`; fewer where they are slow")
	asJSON := f.Bool("json", false, "print one JSON object a line")
	return func(ctx context.Context, call *cli.Call) int {
		config := participant.config()
		config.Election = *election
		// The timeout is judged by what calls take, so it must not cut them short.
		patient := max(*participant.timeout, defaultTimeout)
		options, store := participant.options(), participant.storeFlags
		store.timeout = &patient
		s, code := store.open(call, options)
		if s == nil {
			return code
		}
		defer s.close()
		options.Prefix = *store.prefix
		printer := &doctor.Printer{Out: call.Stdout, JSON: *asJSON}
		err := doctor.Examine(ctx, doctor.Case{
			Client: s.client, Store: options, Timings: config, Samples: *samples, Call: patient,
		}, printer.Print)
		if err != nil {
			return s.failed(ctx, err)
		}
		if err := printer.Close(); err != nil {
			return call.Fail(exitFailed, "cannot print: "+err.Error())
		}
		if printer.Faults() > 0 {
			return exitFaults
		}
		return exitOK
	}
}
