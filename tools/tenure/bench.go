package main

import (
	"context"
	"errors"
	"time"

	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/tools/internal/cli"
	"github.com/tenure-go/tenure/tools/tenure/internal/bench"
)

func benchVerb() *cli.Verb {
	return &cli.Verb{
		Name: "bench", Summary: "measure renewals and handovers on a server",
		Intro: `bench measures from here, on elections of its own with random names under the prefix:
  - the bare round trip;
  - renewals, one after the other, by one client and then by several at once, each in an election of its own;
  - handovers between two electors: from the call that releases to the moment at which the next one knows that it leads.
It deletes its keys at the end, also when it is interrupted. A server that others use feels it: the clients renew as fast
as they can.
`,
		Examples: `  tenure bench
  tenure bench -redis rediss://app:secret@cache:6379 -duration 10s -clients 16
  tenure bench -handovers 0 -json | jq 'select(.type == "renewals") | .p99_ms'
`,
		Exits:  []int{exitOK, exitUsage, exitFailed, exitStore},
		Define: defineBench,
	}
}

func defineBench(f *cli.Flags) cli.Action {
	store := defineStore(f, defaultTimeout)
	duration := f.Positive("duration", 3*time.Second, "how long renewals are measured, once for one client and once for several")
	clients := f.Number("clients", 4, 1, 1000, "how many renew at once, a `number`; 1 measures one client only")
	handovers := f.Number("handovers", 50, 0, 100_000, "how many handovers are measured, a `number`")
	asJSON := f.Bool("json", false, "print one JSON object a line")
	return func(ctx context.Context, call *cli.Call) int {
		s, code := store.open(call, redis.Options{})
		if s == nil {
			return code
		}
		defer s.close()
		report, err := bench.Run(ctx, bench.Options{
			Client: s.client, Store: redis.Options{Prefix: *store.prefix}, Duration: *duration, Clients: *clients,
			Handovers: *handovers, Call: *store.timeout,
		})
		switch {
		case errors.Is(err, bench.ErrLeft) && ctx.Err() == nil, errors.Is(err, bench.ErrNoHandover):
			return call.Fail(exitStore, oneLine(err))
		case err != nil:
			return s.failed(ctx, err)
		}
		show := report.Print
		if *asJSON {
			show = report.PrintJSON
		}
		if err := show(call.Stdout); err != nil {
			return call.Fail(exitFailed, "cannot print: "+err.Error())
		}
		return exitOK
	}
}
